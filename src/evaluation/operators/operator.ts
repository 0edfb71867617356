import type { Warn } from "../../contract/decode.ts";
import type { Scalar } from "../evaluation-context.ts";

/** What one operator does, in two halves: one for the configuration, once, and one for each context. */
export interface Operator {
  /** Makes of a condition's values what `matches` compares with. */
  prepare(values: readonly string[], warn: Warn): unknown;
  /** Answers the condition's question about an attribute that is there. A function without a closure: one for all conditions. */
  matches(value: Scalar, prepared: unknown): boolean;
}

/** Makes an operator; what its first half makes is what its second half takes. */
export function operator<T>(
  prepare: (values: readonly string[], warn: Warn) => T,
  matches: (value: Scalar, prepared: T) => boolean,
): Operator {
  return { prepare, matches } as Operator;
}

/** The opposite of an operator. */
export function not({ prepare, matches }: Operator): Operator {
  return { prepare, matches: (value, prepared) => !matches(value, prepared) };
}
