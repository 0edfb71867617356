import { quote } from "../errors/format.ts";

/** The largest number of typing mistakes for which a name is suggested. */
const MAX_MISTAKES = 2;

/** Returns a suggestion for a mistyped name, such as `, did you mean "dark-mode"?`; empty when no known name is close. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const folded = name.toLowerCase();
  let nearest: string | undefined;
  let fewest = Math.min(MAX_MISTAKES, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const mistakes = distance(folded, candidate.toLowerCase(), fewest);
    if (mistakes < fewest) [nearest, fewest] = [candidate, mistakes];
  }
  return nearest === undefined ? "" : `, did you mean ${quote(nearest)}?`;
}

/**
 * Counts the characters that were added, left out, replaced or swapped with their neighbour (optimal string alignment).
 *
 * @param limit Distances of at least this are not distinguished.
 */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      let least = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (isSame ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, beforeLast[column - 2]! + 1);
      }
      current.push(least);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length]!;
}
