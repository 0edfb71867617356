import { MAX_REMEMBERED_EVALUATIONS } from "../contract/limits.ts";

/** Evaluations: users by flag and variation. A look-up joins no texts: the hashes of these keys are known already. */
export class EvaluationSet {
  readonly #flags = new Map<string, Map<string | undefined, Set<string | undefined>>>();
  /** What was looked up last: many evaluations in a row are of one flag (bench: events-unique). */
  #lastFlag: string | undefined;
  #lastVariation: string | undefined;
  #lastUsers: Set<string | undefined> | undefined;

  /** The users to whom a flag served a variation. */
  usersOf(flagKey: string, variation: string | undefined): Set<string | undefined> {
    if (flagKey !== this.#lastFlag || variation !== this.#lastVariation || this.#lastUsers === undefined) {
      this.#lastUsers = this.#find(flagKey, variation);
      this.#lastFlag = flagKey;
      this.#lastVariation = variation;
    }
    return this.#lastUsers;
  }

  #find(flagKey: string, variation: string | undefined): Set<string | undefined> {
    let variations = this.#flags.get(flagKey);
    if (variations === undefined) this.#flags.set(copyOf(flagKey), variations = new Map());
    let users = variations.get(variation);
    if (users === undefined) variations.set(variation && copyOf(variation), users = new Set());
    return users;
  }
}

/**
 * A text of its own: a part of a larger text would keep all of it in memory. Joining two parts and reading a character makes
 * every engine build a new text.
 */
function copyOf(text: string): string {
  const copy = text.slice(0, 1) + text.slice(1);
  copy.charCodeAt(0);
  return copy;
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
    const users = this.#evaluations.usersOf(flagKey, variation);
    if (users.has(userId)) return false;
    this.#remember(flagKey, variation, userId, now);
    return true;
  }

  /** Forgets an evaluation whose event was shed, so that the next one is recorded. */
  forget(flagKey: string, variation: string | undefined, userId: string | undefined): void {
    const users = this.#evaluations.usersOf(flagKey, variation);
    // A set that is empty takes memory like one with a user, until all are cleared.
    if (users.delete(userId) && users.size > 0) this.#count--;
  }

  // What is rare has a function of its own: engines inline small functions only (bench: events-unique).
  #remember(flagKey: string, variation: string | undefined, userId: string | undefined, now: number): void {
    if (this.#count === MAX_REMEMBERED_EVALUATIONS) this.#clear(now);
    this.#evaluations.usersOf(flagKey, variation).add(userId && copyOf(userId));
    this.#count++;
  }

  #clear(now: number): void {
    this.#evaluations = new EvaluationSet();
    this.#since = now;
    this.#count = 0;
  }
}
