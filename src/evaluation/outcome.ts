import type { Flag } from "../contract/flag.ts";
import type { JsonValue } from "../contract/wire.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import type { EvaluationErrorCode } from "../errors/featureflip-error.ts";
import { quote } from "../errors/format.ts";
import type { EvaluationDetail, EvaluationReason } from "./evaluation-detail.ts";

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

/** Creates an outcome with reason `ERROR`; the caller's default is served. */
export function errorOutcome(code: EvaluationErrorCode, message: string, variationKey?: string): Outcome {
  const error = new FeatureflipError(code, message);
  return Object.freeze({
    value: undefined,
    reason: "ERROR",
    ...(variationKey !== undefined && { variationKey }),
    error,
  });
}
