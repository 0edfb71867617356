import { kindOf, quote } from "../errors/format.ts";
import { errorOutcome } from "../evaluation/outcome.ts";
import type { EvaluationDetail, Outcome } from "../evaluation/outcome.ts";

/** The JSON type that a caller expects; `undefined` for any type. */
export type ExpectedType = "boolean" | "string" | "number" | undefined;

/** The type that a default value implies: the value of a boolean, string or number default is checked, others are not. */
export function expectedTypeOf(defaultValue: unknown): ExpectedType {
  const type = typeof defaultValue;
  return type === "boolean" || type === "string" || type === "number" ? type : undefined;
}

/**
 * Applies the caller's default where the outcome has no value, or a value of another type (contract §3.1). Otherwise the
 * outcome itself is the detail, and nothing is allocated.
 */
export function applyDefault<T>(
  outcome: Outcome,
  key: string,
  defaultValue: T,
  expected: ExpectedType,
): EvaluationDetail<T> {
  const { value } = outcome;
  // Either the value has the expected type, or the caller asked for no check.
  if (value !== undefined && (expected === undefined || typeof value === expected)) {
    return outcome as EvaluationDetail<unknown> as EvaluationDetail<T>;
  }
  return createDefault(outcome, key, defaultValue, expected);
}

function createDefault<T>(
  outcome: Outcome,
  key: string,
  defaultValue: T,
  expected: ExpectedType,
): EvaluationDetail<T> {
  const { value, variationKey } = outcome;
  // A variation without a value serves `null`, which has none of the expected types.
  const isMismatch = expected !== undefined && variationKey !== undefined && outcome.reason !== "ERROR";
  if (!isMismatch && value === undefined) return Object.freeze({ ...outcome, value: defaultValue });

  const found = kindOf(value ?? null);
  const message = `Flag ${quote(key)} serves ${found}, but the caller expects a ${expected}`;
  return errorOutcome("TYPE_MISMATCH", message, variationKey, defaultValue) as EvaluationDetail<T>;
}
