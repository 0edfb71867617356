import { decodeConditions, decodeLogic } from "./condition.ts";
import type { Condition, ConditionLogic } from "./condition.ts";
import {
  decodeNullableList,
  decodeObject,
  decodeOptionalList,
  decodeOptionalNumber,
  decodeOptionalString,
  decodeString,
} from "./decode.ts";
import type { DecodeState } from "./decode.ts";
import { prefixPath } from "./payload-error.ts";

/*
 * The evaluation memoizes its results in the configuration itself: a second set of objects would double the memory of a
 * flag. The fields are private, so that JSON, comparisons and lists of properties skip them. Each class has its own field,
 * since creating an instance of a derived class takes longer (bench: new snapshot). All other fields are declared and
 * assigned in the constructor only: a defined field would be written twice.
 */

/** A variation and its weight in a rollout. */
export class WeightedVariation {
  declare readonly key: string;
  /** In percent; weights need not sum to 100 (contract §3.6). */
  declare readonly weight: number;
  #outcome: unknown = null;

  constructor(key: string, weight: number) {
    this.key = key;
    this.weight = weight;
  }

  /** Memoized outcome; `null` until first served. */
  get outcome(): unknown {
    return this.#outcome;
  }

  set outcome(outcome: unknown) {
    this.#outcome = outcome;
  }
}

/** A serve of one variation. Equal ones of a snapshot exist once. */
export interface FixedServe {
  readonly type: "Fixed";
  /** Empty when the wire names none. */
  readonly variation: string;
}

/** A percentage rollout (contract §3.6). */
export class RolloutServe {
  declare readonly type: "Rollout";
  /** The attribute to hash; empty means the user id. */
  declare readonly bucketBy: string;
  declare readonly salt: string;
  /** Served when there are no weighted variations; empty when the wire names none. */
  declare readonly variation: string;
  declare readonly variations: readonly WeightedVariation[];
  #preparedSalt: unknown = null;

  constructor(
    bucketBy: string,
    salt: string,
    variation: string,
    variations: readonly WeightedVariation[],
  ) {
    this.type = "Rollout";
    this.bucketBy = bucketBy;
    this.salt = salt;
    this.variation = variation;
    this.variations = variations;
  }

  /** The hash state after the salt; `null` until first used. */
  get preparedSalt(): unknown {
    return this.#preparedSalt;
  }

  set preparedSalt(preparedSalt: unknown) {
    this.#preparedSalt = preparedSalt;
  }
}

/** What a rule or the fallthrough serves. */
export type Serve = FixedServe | RolloutServe;

/** Decodes the serve at `path`. A type that this version does not know is added to the state. */
export function decodeServe(json: unknown, path: string, state: DecodeState): Serve {
  try {
    const wire = decodeObject(json);
    const type = decodeString(wire.type, "type");
    const bucketBy = decodeOptionalString(wire.bucketBy, "bucketBy");
    const salt = decodeOptionalString(wire.salt, "salt");
    const variation = decodeOptionalString(wire.variation, "variation");
    const variations = decodeOptionalList(
      wire.variations,
      "variations",
      decodeWeightedVariation,
      state,
    );
    const name = type.toLowerCase();
    if (name === "rollout") return new RolloutServe(bucketBy, salt, variation, variations);
    if (name !== "fixed") {
      state.unknown ??= { path: `${path}.type`, name: type, known: "Fixed and Rollout" };
    }
    let fixed = state.serves.get(variation) as FixedServe | undefined;
    if (fixed === undefined) state.serves.set(variation, fixed = { type: "Fixed", variation });
    return fixed;
  } catch (error) {
    throw prefixPath(error, path);
  }
}

function decodeWeightedVariation(json: unknown): WeightedVariation {
  const wire = decodeObject(json);
  return new WeightedVariation(decodeString(wire.key, "key"), decodeOptionalNumber(wire.weight, "weight"));
}

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
  #outcome: unknown = null;
  #conditions: readonly Condition[] | null = null;

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
    const only = groups?.length === 1 ? groups[0]! : undefined;
    this.#groups = groups;
    this.#conditions = only?.operator === "And" ? only.conditions : null;
  }

  /** The conditions of {@linkcode groups} when they are those of one `And`, as most are; otherwise `null`. */
  get conditions(): readonly Condition[] | null {
    return this.#conditions;
  }

  /** Memoized outcome of a serve without weighted variations; `null` until first served. */
  get outcome(): unknown {
    return this.#outcome;
  }

  set outcome(outcome: unknown) {
    this.#outcome = outcome;
  }
}

/** Decodes one rule. */
export function decodeRule(json: unknown, state: DecodeState): Rule {
  const wire = decodeObject(json);
  return new Rule(
    decodeString(wire.id, "id"),
    decodeOptionalNumber(wire.priority, "priority"),
    decodeNullableList(wire.conditionGroups, "conditionGroups", decodeConditionGroup, state),
    decodeOptionalString(wire.segmentKey, "segmentKey"),
    decodeServe(wire.serve, "serve", state),
  );
}

function decodeConditionGroup(json: unknown, state: DecodeState): ConditionGroup {
  const wire = decodeObject(json);
  return {
    operator: decodeLogic(wire.operator, "operator", state),
    conditions: decodeConditions(wire.conditions, state),
  };
}
