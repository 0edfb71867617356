import type { Flag } from "../contract/flag.ts";
import type { JsonValue } from "../contract/wire.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import type { EvaluationErrorCode } from "../errors/featureflip-error.ts";
import { quote } from "../errors/format.ts";

/**
 * The result of an evaluation before the caller's default is applied: a frozen detail, created when it is first served.
 * Its `value` is `undefined` where the default is served (contract §3.1).
 */
export type Outcome = EvaluationDetail<Exclude<JsonValue, null> | undefined>;

/** Details of a reason: the rule that matched, the prerequisite that failed, or the error. */
interface Cause {
  readonly ruleId?: string;
  readonly prerequisiteKey?: string;
  readonly error?: FeatureflipError<EvaluationErrorCode>;
}

/** Creates the outcome of serving a variation. Of two variations with one key the first counts (contract §2.1). */
export function createOutcome(
  flag: Flag,
  variationKey: string,
  reason: EvaluationReason,
  cause?: Cause,
): Outcome {
  if (variationKey === "") return Object.freeze({ value: undefined, reason, ...cause }) as unknown as Outcome;
  const variation = flag.variations.find(({ key }) => key === variationKey);
  if (variation === undefined) {
    const message = `Flag ${quote(flag.key)} has no variation ${quote(variationKey)}`;
    return errorOutcome("VARIATION_NOT_FOUND", message, variationKey);
  }
  // In this order V8 stores all properties in the object itself (bench: memory).
  return Object.freeze({
    value: variation.value ?? undefined,
    reason,
    ...cause,
    variationKey,
  }) as unknown as Outcome;
}

/** Creates the detail of an evaluation that failed; without a `value` it is an outcome, for which the caller's default is served. */
export function errorOutcome<T = undefined>(
  code: EvaluationErrorCode,
  message: string,
  variationKey?: string,
  value?: T,
): ErrorDetail<T | undefined> {
  const error = new FeatureflipError(code, message);
  return Object.freeze({
    value,
    reason: "ERROR",
    ...(variationKey !== undefined && { variationKey }),
    error,
  });
}

/** The properties that every evaluation detail has. Those that belong to another reason are absent. */
export interface EvaluationDetailBase<T, Reason extends EvaluationReason> {
  /** The value that `variation` returns. */
  readonly value: T;
  /** The reason. */
  readonly reason: Reason;
  /** The key of the served variation; absent when none was served. */
  readonly variationKey?: string;
  /** The rule that matched; with reason `RULE_MATCH` only. */
  readonly ruleId?: undefined;
  /** The prerequisite that failed; with reason `PREREQUISITE_FAILED` only. */
  readonly prerequisiteKey?: undefined;
  /** What went wrong; with reason `ERROR` only. */
  readonly error?: undefined;
}

/** The detail of an evaluation in which a rule matched. */
export interface RuleMatchDetail<T> extends Omit<EvaluationDetailBase<T, "RULE_MATCH">, "ruleId"> {
  /** The rule that matched. */
  readonly ruleId: string;
}

/** The detail of an evaluation in which a prerequisite failed. */
export interface PrerequisiteFailedDetail<T>
  extends Omit<EvaluationDetailBase<T, "PREREQUISITE_FAILED">, "prerequisiteKey"> {
  /** The prerequisite that failed. */
  readonly prerequisiteKey: string;
}

/** The detail of an evaluation that failed. */
export interface ErrorDetail<T> extends Omit<EvaluationDetailBase<T, "ERROR">, "error"> {
  /** What went wrong. */
  readonly error: FeatureflipError<EvaluationErrorCode>;
}

/**
 * A value and the reason why it was served (contract §3.1): a union by `reason`. Frozen. A minor version may add reasons and
 * properties: keep a `default` in a `switch`.
 *
 * @typeParam T The type of the value.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 *
 * const detail = FeatureflipClient.forTesting().variationDetail("dark-mode", {}, false);
 * if (detail.reason === "RULE_MATCH") console.log(detail.ruleId);
 * else if (detail.reason === "ERROR") console.log(detail.error.code);
 * ```
 */
export type EvaluationDetail<T> =
  | RuleMatchDetail<T>
  | PrerequisiteFailedDetail<T>
  | ErrorDetail<T>
  | EvaluationDetailBase<T, "FALLTHROUGH" | "FLAG_DISABLED" | "FLAG_NOT_FOUND">;

/**
 * The reason for the result of an evaluation (contract §3.1). A minor version may add reasons: keep a `default` in a `switch`.
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
