import type { Scalar } from "../evaluation-context.ts";
import { parseNumber } from "./number.ts";
import { operator } from "./operator.ts";
import type { Operator } from "./operator.ts";

/** Up to this many candidates, comparing each is as fast as a set and takes less memory (bench: `In`). */
const SHORT_LIST = 4;

/** The folded texts, and the numbers among them as numbers. A set also contains the texts as spelled. */
type Candidates = readonly Scalar[] | ReadonlySet<Scalar>;

/**
 * Equals and In (contract §3.3): a finite number is compared with the values that are numbers, anything else as text,
 * ignoring case.
 */
export const equalsAny: Operator = operator(candidatesOf, (value, candidates) => {
  if (Array.isArray(candidates)) return candidates.includes(comparableOf(value));
  const set = candidates as ReadonlySet<Scalar>;
  // Most attributes are spelled as in the configuration and need no folding (bench: `In`).
  return set.has(value) || set.has(comparableOf(value));
});

/** Contains (contract §3.3), ignoring case. */
export const containsAny: Operator = operator(foldAll, (value, candidates) => {
  const text = fold(value);
  return candidates.some((candidate) => text.includes(candidate));
});

/** StartsWith (contract §3.3), ignoring case. */
export const startsWithAny: Operator = operator(foldAll, (value, candidates) => {
  const text = fold(value);
  return candidates.some((candidate) => text.startsWith(candidate));
});

/** EndsWith (contract §3.3), ignoring case. */
export const endsWithAny: Operator = operator(foldAll, (value, candidates) => {
  const text = fold(value);
  return candidates.some((candidate) => text.endsWith(candidate));
});

function candidatesOf(values: readonly string[]): Candidates {
  // An infinite number is never compared.
  const numbers = values.map(parseNumber).filter(Number.isFinite);
  const texts = foldAll(values);
  const candidates = numbers.length > 0 ? [...texts, ...numbers] : texts;
  return candidates.length > SHORT_LIST ? new Set([...candidates, ...values]) : candidates;
}

function comparableOf(value: Scalar): Scalar {
  return typeof value === "number" && Number.isFinite(value) ? value : fold(value);
}

/** Folds all texts. Returns the same list when it is in lower case already, to save memory. */
function foldAll(values: readonly string[]): readonly string[] {
  const folded = values.map(fold);
  return folded.every((text, index) => text === values[index]) ? values : folded;
}

function fold(value: Scalar): string {
  return String(value).toLowerCase();
}
