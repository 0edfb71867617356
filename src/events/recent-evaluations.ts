import { MAX_REMEMBERED_EVALUATIONS } from "../contract/limits.ts";

/** Tells whether an evaluation at `now` is the first of its kind, and remembers it. */
export type IsNewEvaluation = (
  flagKey: string,
  variation: string | undefined,
  userId: string | undefined,
  now: number,
) => boolean;

/**
 * Remembers which flag served which variation to whom in the current interval, for `evaluationEvents: "unique"`
 * (contract §5); `interval` in ms.
 */
export function createRecentEvaluations(interval: number): IsNewEvaluation {
  // Nested, so that a look-up joins no texts: these keys are hashed already. The interval is the wall clock's, which costs
  // a third of a look-up: a timer would stand still while a function is frozen, and what it forgets too late is lost.
  const flags = new Map<string, Map<string | undefined, Set<string | undefined>>>();
  let since = Number.NEGATIVE_INFINITY;
  let count = 0;

  return (flagKey, variation, userId, now) => {
    if (Math.abs(now - since) >= interval || count >= MAX_REMEMBERED_EVALUATIONS) {
      flags.clear();
      since = now;
      count = 0;
    }
    let variations = flags.get(flagKey);
    if (variations === undefined) flags.set(flagKey, variations = new Map());
    let users = variations.get(variation);
    if (users === undefined) variations.set(variation, users = new Set());
    if (users.has(userId)) return false;
    users.add(userId);
    count++;
    return true;
  };
}
