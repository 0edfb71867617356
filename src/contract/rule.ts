import { decodeConditions, decodeLogic } from "./condition.ts";
import type { Condition, ConditionLogic } from "./condition.ts";
import {
  decodeNullableList,
  decodeObject,
  decodeOptionalNumber,
  decodeOptionalString,
  decodeString,
} from "./decode.ts";
import type { UnknownName } from "./decode.ts";
import { decodeServe } from "./serve.ts";
import type { Serve } from "./serve.ts";

/** Conditions combined by one operator. */
export interface ConditionGroup {
  readonly operator: ConditionLogic;
  /** `null` when the list is missing: the group then does not match (contract §2.1). An empty list matches. */
  readonly conditions: readonly Condition[] | null;
}

/** A targeting rule (contract §3.1). */
export class Rule {
  declare readonly id: string;
  /** Lower is evaluated first. */
  declare readonly priority: number;
  /** `null` when the list is missing: a rule without a segment then does not match (contract §2.1). */
  declare readonly conditionGroups: readonly ConditionGroup[] | null;
  /** The segment that is evaluated instead of the groups; empty when the groups are. */
  declare readonly segmentKey: string;
  declare readonly serve: Serve;
  #groups: readonly ConditionGroup[] | null = null;

  constructor(
    id: string,
    priority: number,
    conditionGroups: readonly ConditionGroup[] | null,
    segmentKey: string,
    serve: Serve,
  ) {
    this.id = id;
    this.priority = priority;
    this.conditionGroups = conditionGroups;
    this.segmentKey = segmentKey;
    this.serve = serve;
  }

  /** The groups to evaluate, set when the flag is prepared: its own or its segment's. `null` does not match. */
  get groups(): readonly ConditionGroup[] | null {
    return this.#groups;
  }

  set groups(groups: readonly ConditionGroup[] | null) {
    this.#groups = groups;
  }
}

/** Decodes one rule. */
export function decodeRule(json: unknown, unknownNames: UnknownName[]): Rule {
  const wire = decodeObject(json);
  return new Rule(
    decodeString(wire.id, "id"),
    decodeOptionalNumber(wire.priority, "priority"),
    decodeNullableList(wire.conditionGroups, "conditionGroups", decodeConditionGroup, unknownNames),
    decodeOptionalString(wire.segmentKey, "segmentKey"),
    decodeServe(wire.serve, "serve", unknownNames),
  );
}

function decodeConditionGroup(json: unknown, unknownNames: UnknownName[]): ConditionGroup {
  const wire = decodeObject(json);
  return {
    operator: decodeLogic(wire.operator, "operator", unknownNames),
    conditions: decodeConditions(wire.conditions, unknownNames),
  };
}
