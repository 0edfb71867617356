/** The length of a window, in ms. */
const WINDOW_MS = 60_000;

/** The most addresses that are counted apart. */
const MAX_ADDRESSES = 10_000;

/** How many times the limit of one address those share that are not counted apart. */
const SHARED_FACTOR = 100;

/** Counts the requests of each address in windows of a minute. */
export class RateLimit {
  readonly #limit: number;
  readonly #counts = new Map<string | undefined, number>();
  #windowStart = -Infinity;

  /** @param limit The requests of one address in a minute; 0 for no limit. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one request. Returns 0 when it may go on, else the time until the next window, in ms. */
  take(address: string | undefined, now: number): number {
    if (this.#limit === 0) return 0;
    // The clock may be set back.
    if (now - this.#windowStart >= WINDOW_MS || now < this.#windowStart) {
      this.#counts.clear();
      this.#windowStart = now;
    }
    const isApart = address !== undefined &&
      (this.#counts.has(address) || this.#counts.size < MAX_ADDRESSES);
    const name = isApart ? address : undefined;
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    const limit = isApart ? this.#limit : this.#limit * SHARED_FACTOR;
    return count <= limit ? 0 : WINDOW_MS - (now - this.#windowStart);
  }
}
