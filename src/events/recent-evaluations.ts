import { MAX_REMEMBERED_EVALUATIONS } from "../contract/limits.ts";

/** When each combination of a flag, a variation and a user was recorded. */
type Times = Map<string, Map<string | undefined, Map<string | undefined, number>>>;

/**
 * Remembers which flag served which variation to whom, for `evaluationEvents: "unique"` and `"hourly"` (contract §5). Time is
 * the wall clock's: a timer stands still while a function is frozen.
 */
export class RecentEvaluations {
  readonly #interval: number;
  // Nested, so that a look-up joins no texts: the hashes of these keys are known already.
  #times: Times = new Map();
  #count = 0;

  /** `interval` in ms: for how long a repeated evaluation is not recorded again. */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /** Whether an evaluation at `now` is the first of its kind in the interval; remembers it if so. */
  isNew(flagKey: string, variation: string | undefined, userId: string | undefined, now: number): boolean {
    const users = this.#times.get(flagKey)?.get(variation);
    const time = users?.get(userId);
    if (time !== undefined) {
      if (Math.abs(now - time) < this.#interval) return false;
      users!.set(userId, now);
      return true;
    }
    if (this.#count >= MAX_REMEMBERED_EVALUATIONS) this.#makeRoom(now);
    this.#add(flagKey, variation, userId, now);
    return true;
  }

  /** Forgets an evaluation whose event was shed, so that the next one is recorded. */
  forget(flagKey: string, variation: string | undefined, userId: string | undefined): void {
    if (this.#times.get(flagKey)?.get(variation)?.delete(userId)) this.#count--;
  }

  #add(flagKey: string, variation: string | undefined, userId: string | undefined, now: number): void {
    let variations = this.#times.get(flagKey);
    if (variations === undefined) this.#times.set(copy(flagKey), variations = new Map());
    let users = variations.get(variation);
    if (users === undefined) variations.set(variation && copy(variation), users = new Map());
    users.set(userId && copy(userId), now);
    this.#count++;
  }

  /** Forgets what is older than the interval; everything if that is less than half. */
  #makeRoom(now: number): void {
    const kept: Times = new Map();
    const old = this.#times;
    this.#times = kept;
    this.#count = 0;
    for (const [flagKey, variations] of old) {
      for (const [variation, users] of variations) {
        for (const [userId, time] of users) {
          if (Math.abs(now - time) < this.#interval) this.#add(flagKey, variation, userId, time);
        }
      }
    }
    if (this.#count <= MAX_REMEMBERED_EVALUATIONS / 2) return;
    this.#times = new Map();
    this.#count = 0;
  }
}

/** A text of its own: a part of a larger text would keep all of it in memory. */
function copy(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
