/** How many keys are compared: the search runs within an evaluation. */
const MAX_KEYS = 5_000;

/**
 * Finds the flag key that a mistyped one probably means: one that differs in case and separators only, or in at most two
 * characters, and at most a third of them. Keys of 100 characters and more are not compared by character.
 *
 * @returns `undefined` when none of the first 5,000 keys is similar.
 */
export function nearestKey(key: string, keys: Iterable<string>): string | undefined {
  const others: string[] = [];
  for (const other of keys) if (others.push(other) === MAX_KEYS) break;
  const folded = fold(key);
  const limit = key.length < 100 ? Math.min(2, Math.floor(key.length / 3)) : 0;
  return others.find((other) => fold(other) === folded) ??
    others.find((other) => isWithin(Math.min(1, limit), key, other)) ??
    others.find((other) => isWithin(limit, key, other));
}

function fold(key: string): string {
  return key.toLowerCase().replace(/[-_. ]/g, "");
}

/** Whether at most `limit` characters have to be removed, added or replaced to get from one text to the other. */
function isWithin(limit: number, a: string, b: string): boolean {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  const restA = a.slice(same);
  const restB = b.slice(same);
  if (limit === 0) return restA === restB;
  return isWithin(limit - 1, restA.slice(1), restB) || isWithin(limit - 1, restA, restB.slice(1)) ||
    isWithin(limit - 1, restA.slice(1), restB.slice(1));
}
