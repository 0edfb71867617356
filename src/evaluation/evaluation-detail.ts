import type { FeatureflipError } from "../errors/featureflip-error.ts";

/** A value and the reason why it was served (contract §3.1). Frozen. */
export interface EvaluationDetail<T> {
  /** The value that `variation` returns. */
  readonly value: T;
  /** The reason. */
  readonly reason: EvaluationReason;
  /** The key of the served variation; left out when none was served. */
  readonly variationKey?: string;
  /** The rule that matched; with reason `RULE_MATCH` only. */
  readonly ruleId?: string;
  /** The prerequisite that failed; with reason `PREREQUISITE_FAILED` only. */
  readonly prerequisiteKey?: string;
  /** What went wrong; with reason `ERROR` only. */
  readonly error?: FeatureflipError;
}

/**
 * The reason for the result of an evaluation (contract §3.1):
 *
 * - `FLAG_NOT_FOUND`: the flag does not exist; the caller's default is served.
 * - `FLAG_DISABLED`: the flag is off; its off variation is served.
 * - `PREREQUISITE_FAILED`: a prerequisite serves another variation than expected; the off variation is served.
 * - `RULE_MATCH`: a rule matched.
 * - `FALLTHROUGH`: no rule matched.
 * - `ERROR`: the detail's `error` says what failed; the caller's default is served, or the off variation when
 *   prerequisites are nested too deeply or form a cycle.
 */
export type EvaluationReason =
  | "FALLTHROUGH"
  | "RULE_MATCH"
  | "FLAG_DISABLED"
  | "FLAG_NOT_FOUND"
  | "PREREQUISITE_FAILED"
  | "ERROR";
