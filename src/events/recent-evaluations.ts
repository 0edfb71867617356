import { MAX_REMEMBERED_EVALUATIONS } from "../contract/limits.ts";

/**
 * Remembers which flag served which variation to whom in the current interval, for `evaluationEvents: "unique"` and
 * `"hourly"` (contract §5). Time is the wall clock's: a timer stands still while a function is frozen.
 */
export class RecentEvaluations {
  readonly #interval: number;
  // Nested, so that a look-up joins no texts: the hashes of these keys are known already.
  readonly #users = new Map<string, Map<string | undefined, Set<string | undefined>>>();
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** `interval` in ms: how often the memory is cleared. */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /** Whether an evaluation at `now` is the first of its kind in the interval; remembers it if so. */
  isNew(flagKey: string, variation: string | undefined, userId: string | undefined, now: number): boolean {
    if (Math.abs(now - this.#since) >= this.#interval) this.#clear(now);
    if (this.#users.get(flagKey)?.get(variation)?.has(userId)) return false;
    if (this.#count >= MAX_REMEMBERED_EVALUATIONS) this.#clear(now);
    this.#add(flagKey, variation, userId);
    return true;
  }

  /** Forgets an evaluation whose event was shed, so that the next one is recorded. */
  forget(flagKey: string, variation: string | undefined, userId: string | undefined): void {
    if (this.#users.get(flagKey)?.get(variation)?.delete(userId)) this.#count--;
  }

  #add(flagKey: string, variation: string | undefined, userId: string | undefined): void {
    let variations = this.#users.get(flagKey);
    if (variations === undefined) this.#users.set(copy(flagKey), variations = new Map());
    let users = variations.get(variation);
    if (users === undefined) variations.set(variation && copy(variation), users = new Set());
    users.add(userId && copy(userId));
    this.#count++;
  }

  #clear(now: number): void {
    this.#users.clear();
    this.#since = now;
    this.#count = 0;
  }
}

/** A text of its own: a part of a larger text would keep all of it in memory. */
function copy(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
