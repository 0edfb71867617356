import type { FeatureflipError } from "../errors/featureflip-error.ts";
import type { EvaluationReason } from "./evaluation-reason.ts";

/** A value together with why it was served (contract §3.1). Frozen. */
export interface EvaluationDetail<T> {
  /** What `variation` would have answered. */
  readonly value: T;
  /** Why. */
  readonly reason: EvaluationReason;
  /** The key of the variation that was served; left out when none was. */
  readonly variationKey?: string;
  /** The rule that matched; with reason `RULE_MATCH` only. */
  readonly ruleId?: string;
  /** The prerequisite at fault; with reason `PREREQUISITE_FAILED` only. */
  readonly prerequisiteKey?: string;
  /** What went wrong; with reason `ERROR` only. */
  readonly error?: FeatureflipError;
}
