import type { JsonValue } from "../contract/wire.ts";
import type { EvaluationDetail } from "./evaluation-detail.ts";

/** One condition, and how a context fared under it (contract §3.3). */
export interface ConditionTrace {
  /** The attribute that it asks for. */
  readonly attribute: string;
  /** The operator, as the configuration spells it. */
  readonly operator: string;
  /** What the attribute is compared with. */
  readonly values: readonly string[];
  /** Whether the comparison's answer is inverted. */
  readonly negate: boolean;
  /** What the context has there; `undefined` when the attribute is absent. */
  readonly actual: string | number | boolean | undefined;
  /** Whether the condition holds. */
  readonly matched: boolean;
}

/** Conditions under one logic: a group of a rule, or a segment. */
export interface GroupTrace {
  /** `"And"`: all of the conditions must hold; `"Or"`: one of them. */
  readonly operator: "And" | "Or";
  /** All of its conditions, those too that the evaluation need not have asked. */
  readonly conditions: readonly ConditionTrace[];
  /** Whether the group holds. */
  readonly matched: boolean;
}

/** One rule that was asked (contract §3.1). */
export interface RuleTrace {
  /** The rule's id. */
  readonly ruleId: string;
  /** The segment that decides in the place of groups; left out when groups do. */
  readonly segmentKey?: string;
  /** The groups, or the segment as one; empty when there is no such segment. */
  readonly groups: readonly GroupTrace[];
  /** Whether the rule matches. */
  readonly matched: boolean;
}

/** One prerequisite that was asked (contract §3.1). */
export interface PrerequisiteTrace {
  /** The other flag's key. */
  readonly flagKey: string;
  /** The key of the variation that it must serve. */
  readonly expectedVariationKey: string;
  /** The key of the variation that it serves; left out when it serves none, or does not exist. */
  readonly servedVariationKey?: string;
  /** Whether it is met. */
  readonly matched: boolean;
  /** How the other flag came to that; left out when it does not exist, or was explained before. */
  readonly trace?: EvaluationTrace;
}

/** How a percentage rollout picked a variation (contract §3.6). */
export interface RolloutTrace {
  /** The attribute that is hashed. */
  readonly bucketBy: string;
  /** What the context has there, as text; empty when it is absent. */
  readonly value: string;
  /** What is hashed with it. */
  readonly salt: string;
  /** Where that comes to lie, 0 to 99; left out where nobody in particular asks, who gets the first variation. */
  readonly bucket?: number;
  /** The shares, in percent, in their order. */
  readonly shares: readonly { readonly variationKey: string; readonly weight: number }[];
}

/**
 * An evaluation, step by step: what `FeatureflipClient.explain` answers. It holds plain data alone, but for an error in
 * `detail`.
 */
export interface EvaluationTrace {
  /** The flag's key. */
  readonly key: string;
  /** What the evaluation comes to; `value` is `undefined` where the caller's default takes its place. */
  readonly detail: EvaluationDetail<JsonValue | undefined>;
  /** The prerequisites that were asked: the last of them is the one at fault, if one is. */
  readonly prerequisites: readonly PrerequisiteTrace[];
  /** The rules that were asked, in that order: the last of them is the one that matched, if one did. */
  readonly rules: readonly RuleTrace[];
  /** How the rollout picked the variation; left out when no rollout did. */
  readonly rollout?: RolloutTrace;
}
