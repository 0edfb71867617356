/** How many requests may follow each other without a wait. */
const BURST = 20;

/**
 * How many requests may still be made: a burst at once, and then a steady rate, so that in any minute the number that is
 * allowed is not exceeded.
 */
export class RequestBudget {
  /** How long it takes until one more request is allowed, in ms. */
  readonly #interval: number;
  /** Below zero after more requests than were allowed. */
  #left = BURST;
  #updatedAt = -Infinity;

  /** Creates a budget of `perMinute` requests. */
  constructor(perMinute: number) {
    this.#interval = 60_000 / (perMinute - BURST);
  }

  /** How long until a request is allowed, in ms; 0 when one is allowed at `now`. */
  waitFor(now: number): number {
    this.#update(now);
    return this.#left >= 1 ? 0 : Math.ceil((1 - this.#left) * this.#interval);
  }

  /** Counts a request that is made at `now`. */
  take(now: number): void {
    this.#update(now);
    this.#left--;
  }

  #update(now: number): void {
    // A clock that was set back gives nothing and costs nothing (contract §6.2).
    const passed = Math.max(0, now - this.#updatedAt);
    this.#updatedAt = now;
    this.#left = Math.min(BURST, this.#left + passed / this.#interval);
  }
}
