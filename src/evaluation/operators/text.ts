import type { Scalar } from "../evaluation-context.ts";
import { parseNumber } from "./number.ts";
import { operator } from "./operator.ts";
import type { Operator } from "./operator.ts";

/** So many candidates are compared one by one in the time of one look into a set, and take a third of its memory. */
const SHORT_LIST = 4;

/** Texts, folded, and of those that are numbers the numbers. */
type Candidates = readonly (string | number)[] | ReadonlySet<string | number>;

/**
 * Equals and In (contract §3.3): a finite number is compared with the values that are numbers, everything else as text
 * without regard to case.
 */
export const equalsAny: Operator = operator(candidatesOf, (value, candidates) => {
  const sought = typeof value === "number" && Number.isFinite(value) ? value : fold(value);
  return Array.isArray(candidates)
    ? candidates.includes(sought)
    : (candidates as ReadonlySet<unknown>).has(sought);
});

/** Contains (contract §3.3), without regard to case. */
export const containsAny: Operator = operator(foldAll, (value, candidates) => {
  const text = fold(value);
  return candidates.some((candidate) => text.includes(candidate));
});

/** StartsWith (contract §3.3), without regard to case. */
export const startsWithAny: Operator = operator(foldAll, (value, candidates) => {
  const text = fold(value);
  return candidates.some((candidate) => text.startsWith(candidate));
});

/** EndsWith (contract §3.3), without regard to case. */
export const endsWithAny: Operator = operator(foldAll, (value, candidates) => {
  const text = fold(value);
  return candidates.some((candidate) => text.endsWith(candidate));
});

function candidatesOf(values: readonly string[]): Candidates {
  const numbers = values.map(parseNumber).filter((number) => !Number.isNaN(number));
  const candidates = [...foldAll(values), ...numbers];
  return candidates.length > SHORT_LIST ? new Set(candidates) : candidates;
}

function foldAll(values: readonly string[]): readonly string[] {
  return values.map(fold);
}

function fold(value: Scalar): string {
  return String(value).toLowerCase();
}
