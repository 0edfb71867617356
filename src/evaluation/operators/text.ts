import type { Scalar } from "../evaluation-context.ts";
import { parseNumber } from "./number.ts";
import { operator } from "./operator.ts";
import type { Operator } from "./operator.ts";

/** Up to this many candidates, comparing each is as fast as a set and takes less memory (bench: `In`). */
const SHORT_LIST = 4;

/** The folded texts; a set also contains them as spelled, and the numbers among them as numbers. */
type Candidates = readonly string[] | ReadonlySet<Scalar>;

/**
 * Equals and In (contract §3.3): a finite number is compared with the values that are numbers, anything else as text,
 * ignoring case.
 */
export const equalsAny: Operator = operator(candidatesOf, (value, candidates) => {
  if (candidates instanceof Set) {
    // Most attributes are spelled as in the configuration and need no folding (bench: `In`).
    return candidates.has(value) || candidates.has(comparableOf(value));
  }
  const texts = candidates as readonly string[];
  const text = typeof value === "string" ? value : comparableOf(value);
  for (let index = 0; index < texts.length; index++) if (equalsFolded(text, texts[index]!)) return true;
  return false;
});

/** Compares with a folded text. Most texts differ in their first letter and need no folding (bench: random). */
function equalsFolded(text: Scalar, folded: string): boolean {
  if (text === folded || typeof text !== "string") return text === folded;
  const first = text.charCodeAt(0);
  return (first > 0x7f || ((first ^ folded.charCodeAt(0)) & ~0x20) === 0) && fold(text) === folded;
}

/** Contains (contract §3.3), ignoring case. */
export const containsAny: Operator = someFolded((text, candidate) => text.includes(candidate));

/** StartsWith (contract §3.3), ignoring case. */
export const startsWithAny: Operator = someFolded((text, candidate) => text.startsWith(candidate));

/** EndsWith (contract §3.3), ignoring case. */
export const endsWithAny: Operator = someFolded((text, candidate) => text.endsWith(candidate));

function someFolded(matches: (text: string, candidate: string) => boolean): Operator {
  return operator(foldAll, (value, candidates) => {
    const text = fold(value);
    // A loop: a closure for each evaluation takes longer (bench: five rules).
    for (let index = 0; index < candidates.length; index++) {
      if (matches(text, candidates[index]!)) return true;
    }
    return false;
  });
}

function candidatesOf(values: readonly string[]): Candidates {
  // An infinite number is never compared.
  const numbers = values.map(parseNumber).filter(Number.isFinite);
  const texts = foldAll(values);
  return numbers.length > 0 || texts.length > SHORT_LIST ? new Set([...texts, ...numbers, ...values]) : texts;
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
  return `${value}`.toLowerCase();
}
