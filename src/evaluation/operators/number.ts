import type { Scalar } from "../evaluation-context.ts";
import { highest, lowest, operator, trimAscii } from "./operator.ts";
import type { Operator } from "./operator.ts";

// The parts exclude each other, so that a failure costs no more than one look at every character.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Every character that a decimal literal can begin with, and the white space before it, comes before this one. */
const AFTER_DIGITS = 0x3a;

/** GreaterThan (contract §3.3): both sides as numbers. */
export const greaterThan: Operator = operator(lowestOf, (value, bound) => numberOf(value) > bound);

/** GreaterThanOrEqual (contract §3.3). */
export const greaterThanOrEqual: Operator = operator(lowestOf, (value, bound) => numberOf(value) >= bound);

/** LessThan (contract §3.3). */
export const lessThan: Operator = operator(highestOf, (value, bound) => numberOf(value) < bound);

/** LessThanOrEqual (contract §3.3). */
export const lessThanOrEqual: Operator = operator(highestOf, (value, bound) => numberOf(value) <= bound);

/** Reads a decimal literal (contract §3.3); `NaN` when the whole of the text, trimmed, is none. */
export function parseNumber(text: string): number {
  // Spares a list of names the regular expression: four fifths of what compiling an `In` takes.
  if (!(text.charCodeAt(0) < AFTER_DIGITS)) return NaN;
  const trimmed = trimAscii(text);
  return DECIMAL.test(trimmed) ? Number(trimmed) : NaN;
}

function numberOf(value: Scalar): number {
  if (typeof value === "number") return Number.isFinite(value) ? value : NaN;
  return typeof value === "string" ? parseNumber(value) : NaN;
}

function lowestOf(values: readonly string[]): number {
  return lowest(values.map(parseNumber));
}

function highestOf(values: readonly string[]): number {
  return highest(values.map(parseNumber));
}
