/** How many keys are compared: the search runs within an evaluation. */
const MAX_KEYS = 5_000;

/** The number of changed characters up to which a key is similar; at most a third of them may change. */
const MAX_CHANGES = 2;

/**
 * Finds the flag key that a mistyped one probably means: one that differs in case and separators only, or in at most two
 * characters.
 *
 * @returns `undefined` when none of the first 5,000 keys is similar.
 */
export function nearestKey(key: string, keys: Iterable<string>): string | undefined {
  const folded = fold(key);
  let limit = Math.min(MAX_CHANGES, Math.floor(key.length / 3));
  let nearest: string | undefined;
  let count = 0;
  for (const other of keys) {
    if (++count > MAX_KEYS) break;
    if (Math.abs(other.length - key.length) > MAX_CHANGES) continue;
    if (fold(other) === folded) return other;
    const changes = limit === 0 ? Infinity : countChanges(key, other);
    if (changes > limit) continue;
    nearest = other;
    limit = changes - 1; // from here on only a more similar key counts
  }
  return nearest;
}

function fold(key: string): string {
  return key.toLowerCase().replace(/[-_. ]/g, "");
}

/** The Levenshtein distance. Keys of 100 characters and more count as different: the work is quadratic. */
function countChanges(a: string, b: string): number {
  if (a.length >= 100) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j]! + Number(a[i] !== b[j]), row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
