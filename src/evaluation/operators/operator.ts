import type { Warn } from "../../runtime/logger.ts";
import type { Scalar } from "../evaluation-context.ts";

/** An operator: `prepare` runs once per condition, `matches` once per evaluation. */
export interface Operator {
  /** Converts a condition's values to the form that `matches` compares with; `negate` is the condition's. */
  prepare(values: readonly string[], warn: Warn, negate: boolean): unknown;
  /** Tests an attribute that is present. It has no closure: one function serves all conditions. */
  matches(value: Scalar, prepared: unknown): boolean;
}

/** Creates an operator from its two functions. */
export function operator<T>(
  prepare: (values: readonly string[], warn: Warn, negate: boolean) => T,
  matches: (value: Scalar, prepared: T) => boolean,
): Operator {
  return { prepare, matches } as Operator;
}

/** Returns the negation of an operator. */
export function not({ prepare, matches }: Operator): Operator {
  return { prepare, matches: (value, prepared) => !matches(value, prepared) };
}

/*
 * A value above any of the candidates is above the lowest of them, so a comparing operator only keeps one candidate. `NaN`
 * stands for a value that is not a number. It is skipped, and is the result when nothing else is left: it never compares.
 */

/** Creates the function that prepares the lowest of a condition's numbers; `NaN` when there is none. */
export function lowest(parse: (text: string) => number): (values: readonly string[]) => number {
  return (values) =>
    values.map(parse).reduce((low, number) => number < low || Number.isNaN(low) ? number : low, NaN);
}

/** The same for the highest. */
export function highest(parse: (text: string) => number): (values: readonly string[]) => number {
  const lowestNegative = lowest((text) => -parse(text));
  return (values) => -lowestNegative(values);
}
