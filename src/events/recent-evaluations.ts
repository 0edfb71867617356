import { MAX_REMEMBERED_EVALUATIONS } from "../contract/limits.ts";

/**
 * A set of flag, variation and user. Nested, so that a look-up joins no texts: the hashes of these keys are known already.
 */
export class EvaluationSet {
  readonly #users = new Map<string, Map<string | undefined, Set<string | undefined>>>();
  /** What was looked up last: many evaluations in a row are of one flag (bench: events-unique). */
  #lastFlag: string | undefined;
  #lastVariation: string | undefined;
  #lastUsers: Set<string | undefined> | undefined;

  has(flagKey: string, variation: string | undefined, userId: string | undefined): boolean {
    return this.#usersOf(flagKey, variation)?.has(userId) === true;
  }

  add(flagKey: string, variation: string | undefined, userId: string | undefined): void {
    const users = this.#usersOf(flagKey, variation) ?? new Set();
    const variations = this.#users.get(flagKey) ?? new Map<string | undefined, Set<string | undefined>>();
    this.#users.set(flagKey, variations.set(variation, users.add(userId)));
    this.#lastUsers = users;
  }

  /** Returns whether it was there. */
  delete(flagKey: string, variation: string | undefined, userId: string | undefined): boolean {
    return this.#usersOf(flagKey, variation)?.delete(userId) === true;
  }

  #usersOf(flagKey: string, variation: string | undefined): Set<string | undefined> | undefined {
    if (flagKey !== this.#lastFlag || variation !== this.#lastVariation) {
      this.#lastUsers = this.#users.get(flagKey)?.get(variation);
      this.#lastFlag = flagKey;
      this.#lastVariation = variation;
    }
    return this.#lastUsers;
  }
}

/**
 * Remembers which flag served which variation to whom in the current interval, for `evaluationEvents: "unique"` and
 * `"hourly"` (contract §5). Time is the wall clock's: a timer stands still while a function is frozen.
 */
export class RecentEvaluations {
  readonly #interval: number;
  #evaluations = new EvaluationSet();
  #since = -Infinity;
  #count = 0;

  /** `interval` in ms: how often the memory is cleared. */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /** Whether an evaluation at `now` is the first of its kind in the interval; remembers it if so. */
  isNew(flagKey: string, variation: string | undefined, userId: string | undefined, now: number): boolean {
    const age = now - this.#since;
    if (age >= this.#interval || age <= -this.#interval) this.#clear(now);
    if (this.#evaluations.has(flagKey, variation, userId)) return false;
    if (this.#count >= MAX_REMEMBERED_EVALUATIONS) this.#clear(now);
    this.#evaluations.add(copy(flagKey), variation && copy(variation), userId && copy(userId));
    this.#count++;
    return true;
  }

  /** Forgets an evaluation whose event was shed, so that the next one is recorded. */
  forget(flagKey: string, variation: string | undefined, userId: string | undefined): void {
    if (this.#evaluations.delete(flagKey, variation, userId)) this.#count--;
  }

  #clear(now: number): void {
    this.#evaluations = new EvaluationSet();
    this.#since = now;
    this.#count = 0;
  }
}

/** A text of its own: a part of a larger text would keep all of it in memory. */
function copy(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
