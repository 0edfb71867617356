import type { Flag } from "../contract/flag.ts";
import type { JsonValue } from "../contract/json-value.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import type { ErrorCode } from "../errors/featureflip-error.ts";
import type { EvaluationDetail } from "./evaluation-detail.ts";
import type { EvaluationReason } from "./evaluation-reason.ts";
import { quote } from "../errors/quote.ts";

/**
 * What an evaluation comes to before the caller's default: a detail, frozen and made once per flag, whose `value` is
 * `undefined` where the default takes its place (contract §3.1).
 */
export type Outcome = EvaluationDetail<Exclude<JsonValue, null> | undefined>;

/** The rest of an outcome, beside the variation that is served. */
export interface OutcomeCause {
  readonly reason: EvaluationReason;
  readonly ruleId?: string;
  readonly prerequisiteKey?: string;
  readonly error?: FeatureflipError;
}

/** Makes the outcomes of one flag, by variation key. */
export type OutcomeFactory = (variationKey: string, cause: OutcomeCause) => Outcome;

/** Looks up one flag's variations; of two with one key the first counts (contract §2.1). */
export function outcomeFactory(flag: Flag): OutcomeFactory {
  const values = new Map<string, JsonValue>();
  for (const { key, value } of flag.variations) if (!values.has(key)) values.set(key, value);

  return (variationKey, cause) => {
    if (variationKey === "") return Object.freeze({ value: undefined, ...cause });
    const value = values.get(variationKey);
    if (value === undefined) {
      const message = `Flag ${quote(flag.key)} has no variation ${quote(variationKey)}`;
      return errorOutcome("VARIATION_NOT_FOUND", message, variationKey);
    }
    return Object.freeze({ value: value ?? undefined, ...cause, variationKey });
  };
}

/** An outcome that leaves the caller with the default, and says why. */
export function errorOutcome(code: ErrorCode, message: string, variationKey?: string): Outcome {
  const error = new FeatureflipError(code, message);
  return Object.freeze({
    value: undefined,
    reason: "ERROR",
    ...(variationKey === undefined ? undefined : { variationKey }),
    error,
  });
}
