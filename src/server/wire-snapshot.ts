/** One question about one attribute, as the wire carries it (contract §3.3). */
export interface WireCondition {
  readonly attribute: string;
  /** One of the twenty operators, in any case, underscores allowed: `"In"`, `"not_equals"`. */
  readonly operator: string;
  readonly values?: readonly (string | number | boolean)[] | null | undefined;
  readonly negate?: boolean | undefined;
}

/** Conditions under one operator, as the wire carries them. */
export interface WireConditionGroup {
  /** `"And"` or `"Or"`. */
  readonly operator: string;
  readonly conditions?: readonly WireCondition[] | null | undefined;
}

/** A variation and its share of a rollout, as the wire carries it. */
export interface WireWeightedVariation {
  readonly key: string;
  /** In percent; 0 by default. */
  readonly weight?: number | undefined;
}

/** What a rule or the fallthrough hands out, as the wire carries it (contract §3.6). */
export interface WireServe {
  /** `"Fixed"` or `"Rollout"`. */
  readonly type: string;
  readonly variation?: string | null | undefined;
  readonly variations?: readonly WireWeightedVariation[] | null | undefined;
  /** The attribute that is hashed; the user id by default. */
  readonly bucketBy?: string | null | undefined;
  readonly salt?: string | null | undefined;
}

/** Who gets what, as the wire carries it (contract §3.1). */
export interface WireRule {
  readonly id: string;
  /** Lower is evaluated first; 0 by default. */
  readonly priority?: number | undefined;
  readonly conditionGroups?: readonly WireConditionGroup[] | null | undefined;
  /** The segment that decides instead of the groups. */
  readonly segmentKey?: string | null | undefined;
  readonly serve: WireServe;
}

/** Another flag that must serve a given variation first, as the wire carries it (contract §3.1). */
export interface WirePrerequisite {
  readonly prerequisiteFlagKey: string;
  readonly expectedVariationKey: string;
}

/** One of the values that a flag can serve, as the wire carries it. */
export interface WireVariation {
  readonly key: string;
  /** Any JSON. */
  readonly value?: unknown;
}

/** One flag's configuration, as the wire carries it (contract §2). */
export interface WireFlag {
  readonly key: string;
  /** Rises with every change; 0 by default. */
  readonly version?: number | undefined;
  /** `"Boolean"`, `"String"`, `"Number"` or `"Json"`. */
  readonly type: string;
  readonly enabled: boolean;
  readonly variations: readonly WireVariation[];
  readonly rules?: readonly WireRule[] | null | undefined;
  readonly fallthrough: WireServe;
  /** The variation served while the flag is off; without one, callers get their default. */
  readonly offVariation?: string | null | undefined;
  readonly prerequisites?: readonly WirePrerequisite[] | null | undefined;
}

/** A named audience that rules refer to, as the wire carries it (contract §2). */
export interface WireSegment {
  readonly key: string;
  /** Rises with every change; 0 by default. */
  readonly version?: number | undefined;
  /** `"And"` or `"Or"`. */
  readonly conditionLogic: string;
  readonly conditions?: readonly WireCondition[] | null | undefined;
}

/** All flags and segments of one environment, as the wire carries them (contract §2). */
export interface WireSnapshot {
  readonly environment?: string | undefined;
  /** Rises with every change; 0 by default. */
  readonly version?: number | undefined;
  readonly flags: readonly WireFlag[];
  readonly segments: readonly WireSegment[];
}
