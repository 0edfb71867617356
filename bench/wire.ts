/** The part of a snapshot (contract §2) that the workloads use. */
export interface WireSnapshot {
  readonly environment: string;
  readonly version: number;
  readonly flags: readonly WireFlag[];
  readonly segments: readonly WireSegment[];
}

/** One flag. */
export interface WireFlag {
  readonly key: string;
  readonly version: number;
  readonly type: "Boolean" | "String";
  readonly enabled: boolean;
  readonly variations: readonly {
    readonly key: string;
    readonly value: boolean | string;
  }[];
  readonly rules: readonly WireRule[];
  readonly fallthrough: WireServe;
  readonly offVariation: string;
  readonly prerequisites?: readonly {
    readonly prerequisiteFlagKey: string;
    readonly expectedVariationKey: string;
  }[];
}

/** One rule of a flag. */
export interface WireRule {
  readonly id: string;
  readonly priority: number;
  readonly conditionGroups: readonly WireGroup[];
  readonly segmentKey: string | null;
  readonly serve: WireServe;
}

/** A group of conditions with one operator. */
export interface WireGroup {
  readonly operator: "And" | "Or";
  readonly conditions: readonly WireCondition[];
}

/** One condition. */
export interface WireCondition {
  readonly attribute: string;
  readonly operator: string;
  readonly values: readonly string[];
  readonly negate: boolean;
}

/** A segment: conditions that several rules use. */
export interface WireSegment {
  readonly key: string;
  readonly version: number;
  readonly conditionLogic: "And" | "Or";
  readonly conditions: readonly WireCondition[];
}

/** The serve of a rule or of the fallthrough. */
export interface WireServe {
  readonly type: "Fixed" | "Rollout";
  readonly variation?: string;
  readonly bucketBy?: string;
  readonly salt?: string;
  readonly variations?: readonly {
    readonly key: string;
    readonly weight: number;
  }[];
}
