import { FeatureflipError } from "../errors/featureflip-error.ts";
import { kindOf, quote } from "../errors/format.ts";
import type { EvaluationDetail } from "../evaluation/evaluation-detail.ts";
import type { Outcome } from "../evaluation/outcome.ts";

/** The JSON type that a caller asked for; `undefined` when any will do. */
export type ExpectedType = "boolean" | "string" | "number" | undefined;

/** The type that a default stands for: booleans, strings and numbers are checked, everything else is not. */
export function expectedTypeOf(defaultValue: unknown): ExpectedType {
  const type = typeof defaultValue;
  return type === "boolean" || type === "string" || type === "number" ? type : undefined;
}

/**
 * Puts the caller's default in where the outcome has no value to give, or one of another type (contract §3.1). Where it
 * has, the outcome is the detail, and nothing is made.
 */
export function settleDetail<T>(
  outcome: Outcome,
  key: string,
  defaultValue: T,
  expected: ExpectedType,
): EvaluationDetail<T> {
  const { value } = outcome;
  // The caller's type is the type asked for, or the caller asked for no check.
  if (value !== undefined && (expected === undefined || typeof value === expected)) {
    return outcome as EvaluationDetail<unknown> as EvaluationDetail<T>;
  }
  const { variationKey } = outcome;
  // A variation without a value serves `null`, which is of no type that can be asked for.
  const isMismatch = expected !== undefined && variationKey !== undefined && outcome.reason !== "ERROR";
  if (!isMismatch && value === undefined) return Object.freeze({ ...outcome, value: defaultValue });

  const found = kindOf(value ?? null);
  const message = `Flag ${quote(key)} serves ${found} where a ${expected} was asked for`;
  return Object.freeze({
    value: defaultValue,
    reason: "ERROR",
    ...(variationKey !== undefined && { variationKey }),
    error: new FeatureflipError("TYPE_MISMATCH", message),
  });
}
