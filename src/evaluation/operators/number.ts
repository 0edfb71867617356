import type { Scalar } from "../evaluation-context.ts";
import { highest, lowest, operator } from "./operator.ts";
import type { Operator } from "./operator.ts";

// Around it are tab, newline, vertical tab, form feed, carriage return and space. The alternatives exclude each other, and no
// blank is part of a number, so a failure takes linear time.
const DECIMAL = /^[\t-\r ]*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[\t-\r ]*$/;

/** The first character code after those that a decimal literal, or white space before it, can begin with. */
const AFTER_DIGITS = 0x3a;

/** GreaterThan (contract §3.3): both sides as numbers. */
export const greaterThan: Operator = operator(lowest(parseNumber), (value, bound) => numberOf(value) > bound);

/** GreaterThanOrEqual (contract §3.3). */
export const greaterThanOrEqual: Operator = operator(
  lowest(parseNumber),
  (value, bound) => numberOf(value) >= bound,
);

/** LessThan (contract §3.3). */
export const lessThan: Operator = operator(highest(parseNumber), (value, bound) => numberOf(value) < bound);

/** LessThanOrEqual (contract §3.3). */
export const lessThanOrEqual: Operator = operator(
  highest(parseNumber),
  (value, bound) => numberOf(value) <= bound,
);

/** Parses a decimal literal (contract §3.3); `NaN` when the trimmed text is not one. */
export function parseNumber(text: string): number {
  // Skips the regular expression for most texts (bench: new snapshot, `In` lists).
  if (!(text.charCodeAt(0) < AFTER_DIGITS)) return NaN;
  return DECIMAL.test(text) ? Number(text) : NaN;
}

function numberOf(value: Scalar): number {
  if (typeof value === "number") return Number.isFinite(value) ? value : NaN;
  return typeof value === "string" ? parseNumber(value) : NaN;
}
