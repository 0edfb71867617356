import type { Scalar } from "../evaluation-context.ts";
import { parseNumber } from "./number.ts";
import { operator } from "./operator.ts";
import type { Operator } from "./operator.ts";

/** So many candidates are compared one by one in the time of one look into a set, and take a third of its memory. */
const SHORT_LIST = 4;

/** Texts, folded, and of those that are numbers the numbers; a set has the texts as they stand too. */
type Candidates = readonly Scalar[] | ReadonlySet<Scalar>;

/**
 * Equals and In (contract §3.3): a finite number is compared with the values that are numbers, everything else as text
 * without regard to case.
 */
export const equalsAny: Operator = operator(candidatesOf, (value, candidates) => {
  if (Array.isArray(candidates)) return candidates.includes(comparableOf(value));
  const set = candidates as ReadonlySet<Scalar>;
  // Most texts are written as the configuration writes them: what is found need not be folded, a fifth of what an `In` takes.
  return set.has(value) || set.has(comparableOf(value));
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
  // No attribute is compared with an infinite number.
  const numbers = values.map(parseNumber).filter(Number.isFinite);
  const texts = foldAll(values);
  const candidates = numbers.length > 0 ? [...texts, ...numbers] : texts;
  return candidates.length > SHORT_LIST ? new Set([...candidates, ...values]) : candidates;
}

function comparableOf(value: Scalar): Scalar {
  return typeof value === "number" && Number.isFinite(value) ? value : fold(value);
}

/** Most are in lower case as they stand, and need no list of their own. */
function foldAll(values: readonly string[]): readonly string[] {
  const folded = values.map(fold);
  return folded.every((text, index) => text === values[index]) ? values : folded;
}

function fold(value: Scalar): string {
  return String(value).toLowerCase();
}
