import type { Scalar } from "../evaluation-context.ts";
import type { Matcher } from "./matcher.ts";
import { parseNumber } from "./number.ts";

/**
 * Equals and In (contract §3.3): a finite number is compared with the values that are numbers, everything else as text
 * without regard to case.
 */
export function equalsAny(values: readonly string[]): Matcher {
  const equalsText = includes(values.map(fold));
  let equalsNumber: ((value: number) => boolean) | undefined;
  return (value) => {
    if (typeof value !== "number" || !Number.isFinite(value)) return equalsText(fold(value));
    // Made at the first number: most lists never see one, and parsing a long list is not free.
    equalsNumber ??= includes(values.map(parseNumber));
    return equalsNumber(value);
  };
}

/** Contains (contract §3.3), without regard to case. */
export function containsAny(values: readonly string[]): Matcher {
  return someFolded(values, (text, value) => text.includes(value));
}

/** StartsWith (contract §3.3), without regard to case. */
export function startsWithAny(values: readonly string[]): Matcher {
  return someFolded(values, (text, value) => text.startsWith(value));
}

/** EndsWith (contract §3.3), without regard to case. */
export function endsWithAny(values: readonly string[]): Matcher {
  return someFolded(values, (text, value) => text.endsWith(value));
}

function someFolded(values: readonly string[], compare: (text: string, value: string) => boolean): Matcher {
  const folded = values.map(fold);
  return (value) => {
    const text = fold(value);
    for (const candidate of folded) if (compare(text, candidate)) return true;
    return false;
  };
}

function includes<T>(candidates: readonly T[]): (value: T) => boolean {
  if (candidates.length === 1) {
    const [only] = candidates;
    return (value) => value === only;
  }
  const set = new Set(candidates);
  return (value) => set.has(value);
}

function fold(value: Scalar): string {
  return String(value).toLowerCase();
}
