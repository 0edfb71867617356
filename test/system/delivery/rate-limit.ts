const MINUTE_MS = 60_000;

/** The service's limit for one SDK key: 1,000 requests in any minute (contract §1); refused ones do not count. */
export class RateLimit {
  readonly #limit = 1_000;
  readonly #answered: number[] = [];
  #first = 0;

  /** Whether a request at `now`, in ms, is answered and not refused. */
  accepts(now: number): boolean {
    while ((this.#answered[this.#first] ?? now) <= now - MINUTE_MS) this.#first++;
    if (this.#answered.length - this.#first >= this.#limit) return false;
    this.#answered.push(now);
    return true;
  }
}
