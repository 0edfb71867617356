/**
 * How many different evaluations are remembered: more than a process can deliver in an interval of 30 s. Past it the
 * memory starts over, and some are recorded twice.
 */
const MAX_REMEMBERED = 32_768;

/** Which flag served which variation to whom in the current interval, for `evaluationEvents: "unique"` (contract §5). */
export class RecentEvaluations {
  readonly #interval: number;
  // Nested, so that a look-up joins no texts: these keys are hashed already.
  readonly #flags = new Map<string, Map<string | undefined, Set<string | undefined>>>();
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** `interval` in ms. */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /** Remembers an evaluation; false when it was known. */
  add(flagKey: string, variation: string | undefined, userId: string | undefined, now: number): boolean {
    if (Math.abs(now - this.#since) >= this.#interval || this.#count >= MAX_REMEMBERED) {
      this.#flags.clear();
      this.#since = now;
      this.#count = 0;
    }
    let variations = this.#flags.get(flagKey);
    if (variations === undefined) this.#flags.set(flagKey, variations = new Map());
    let users = variations.get(variation);
    if (users === undefined) variations.set(variation, users = new Set());
    if (users.has(userId)) return false;
    users.add(userId);
    this.#count++;
    return true;
  }
}
