import type { FeatureflipError } from "../errors/featureflip-error.ts";

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

/**
 * Why an evaluation came out as it did (contract §3.1):
 *
 * - `FLAG_NOT_FOUND`: there is no such flag; the caller's default.
 * - `FLAG_DISABLED`: the flag is off; its off variation.
 * - `PREREQUISITE_FAILED`: another flag serves something else than this one needs; the off variation.
 * - `RULE_MATCH`: a rule matched.
 * - `FALLTHROUGH`: no rule matched.
 * - `ERROR`: the detail's `error` says what; the caller's default, or the off variation where prerequisites run too deep.
 */
export type EvaluationReason =
  | "FALLTHROUGH"
  | "RULE_MATCH"
  | "FLAG_DISABLED"
  | "FLAG_NOT_FOUND"
  | "PREREQUISITE_FAILED"
  | "ERROR";
