import { compareSome } from "./compare-some.ts";
import type { Compare } from "./compare-some.ts";
import type { Scalar } from "../evaluation-context.ts";
import type { Matcher } from "./matcher.ts";
import { trimAscii } from "./trim-ascii.ts";

// The parts exclude each other, so that a failure costs no more than one look at every character.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** GreaterThan and its kin (contract §3.3): both sides as numbers. */
export function comparesAsNumber(values: readonly string[], compare: Compare): Matcher {
  return compareSome(values, numberOf, compareNumbers, compare);
}

/** Reads a decimal literal (contract §3.3); `undefined` when the whole of the text, trimmed, is none. */
export function parseNumber(text: string): number | undefined {
  const trimmed = trimAscii(text);
  return DECIMAL.test(trimmed) ? Number(trimmed) : undefined;
}

function numberOf(value: Scalar): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  return typeof value === "string" ? parseNumber(value) : undefined;
}

/** Not by subtraction: `1e400` is infinite, and infinity less infinity is no order. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
