/**
 * How many requests may still be made: a burst at once, and then a steady rate, so that in any minute the number that is
 * allowed is not exceeded.
 */
export class RequestBudget {
  readonly #burst: number;
  /** How long it takes until one more request is allowed, in ms. */
  readonly #interval: number;
  #left: number;
  #updatedAt = -Infinity;

  /** Creates a budget of `perMinute` requests, of which `burst` need no wait in between. */
  constructor(perMinute: number, burst: number) {
    this.#burst = burst;
    this.#interval = 60_000 / (perMinute - burst);
    this.#left = burst;
  }

  /** How long until a request is allowed, in ms; 0 when one is allowed at `now`. */
  waitFor(now: number): number {
    this.#update(now);
    return this.#left >= 1 ? 0 : Math.ceil((1 - this.#left) * this.#interval);
  }

  /** Counts a request that is made at `now`. */
  take(now: number): void {
    this.#update(now);
    this.#left = Math.max(0, this.#left - 1);
  }

  #update(now: number): void {
    // A clock that was set back gives nothing and costs nothing (contract §6.2).
    const passed = Math.max(0, now - this.#updatedAt);
    this.#updatedAt = now;
    this.#left = Math.min(this.#burst, this.#left + passed / this.#interval);
  }
}
