import type { Warn } from "../../runtime/logger.ts";
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

/*
 * Whatever is above some of the candidates is above the lowest of them: an operator that compares needs to remember one.
 * `NaN` stands for what is no number, is passed over, and is the answer where nothing is left: it compares with nothing.
 */

/** The lowest of these numbers. */
export function lowest(numbers: readonly number[]): number {
  return numbers.reduce((low, number) => number < low || Number.isNaN(low) ? number : low, NaN);
}

/** The highest of these numbers. */
export function highest(numbers: readonly number[]): number {
  return -lowest(numbers.map((number) => -number));
}

/**
 * Cuts tab, newline, vertical tab, form feed, carriage return and space from both ends, and nothing else. In one pass: a
 * regular expression with `\s+$` takes quadratic time on a hostile attribute.
 */
export function trimAscii(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
