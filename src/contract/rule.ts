import { checkConditions, checkLogic, decodeConditions, decodeLogic } from "./condition.ts";
import type { Condition, ConditionLogic } from "./condition.ts";
import {
  decodeObject,
  checkOptionalList,
  checkOptionalNumber,
  checkOptionalString,
  decodeString,
  decodeList,
} from "./decode.ts";
import type { UnknownName } from "./decode.ts";
import { checkServe, decodeServe } from "./serve.ts";
import type { Serve } from "./serve.ts";
import type { WireConditionGroup, WireRule } from "./wire.ts";

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

/** Checks one rule. */
export function checkRule(json: unknown, unknownNames: UnknownName[]): void {
  const { id, priority, conditionGroups, segmentKey, serve } = decodeObject(json);
  decodeString(id, "id");
  checkOptionalNumber(priority, "priority");
  checkOptionalList(conditionGroups, "conditionGroups", checkConditionGroup, unknownNames);
  checkOptionalString(segmentKey, "segmentKey");
  checkServe(serve, "serve", unknownNames);
}

function checkConditionGroup(json: unknown, unknownNames: UnknownName[]): void {
  const { operator, conditions } = decodeObject(json);
  checkLogic(operator, "operator", unknownNames);
  checkConditions(conditions, unknownNames);
}

/** Decodes one rule. */
export function decodeRule({ id, priority, conditionGroups, segmentKey, serve }: WireRule): Rule {
  return new Rule(
    id,
    priority ?? 0,
    conditionGroups ? decodeList(conditionGroups, decodeConditionGroup) : null,
    segmentKey ?? "",
    decodeServe(serve),
  );
}

function decodeConditionGroup({ operator, conditions }: WireConditionGroup): ConditionGroup {
  return { operator: decodeLogic(operator), conditions: decodeConditions(conditions) };
}
