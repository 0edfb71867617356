import {
  BACKLOG_FACTOR,
  MAX_REQUEST_EVENTS,
  MAX_WAITING_EVENTS,
  REMEMBERED_SIZE_MS,
} from "../contract/limits.ts";

/** After more time-outs in a row the service was away: their sizes were not the cause. */
const MAX_TIMEOUTS_BY_SIZE = 3;

/** How many events the next request carries (contract §5): it grows with a backlog and shrinks with failures. */
export class RequestSize {
  /** How many events cause a request, and how many it carries without a backlog. */
  readonly batch: number;
  readonly #firstSize: number;
  /** The size of requests while a backlog is sent. */
  #size: number;
  #hasBacklog = false;
  /** What no request exceeds for a while, and until when. */
  #ceiling = Infinity;
  #ceilingEnd = 0;
  /** Whether the ceiling outlasts the next success. */
  #isRemembered = false;
  /** The largest size that was delivered, as far as nothing suggests otherwise since. */
  #proven = 0;
  #timeoutsInRow = 0;

  constructor(flushBatchSize: number) {
    this.batch = Math.min(flushBatchSize, MAX_REQUEST_EVENTS);
    this.#size = this.#firstSize = Math.min(BACKLOG_FACTOR * this.batch, MAX_REQUEST_EVENTS);
  }

  /** The size of the next request. `ready` is how many events are ready; `isUrgent` makes it as large as with a backlog. */
  next(ready: number, isUrgent: boolean, now: number): number {
    const backlogFrom = Math.min(this.#firstSize, MAX_WAITING_EVENTS / 2);
    if (isUrgent || ready >= backlogFrom) this.#hasBacklog = true;
    else if (ready < this.batch) this.#hasBacklog = false;
    if (!this.#hasBacklog) this.#size = Math.max(this.#firstSize, Math.floor(this.#size / 2));
    if (now >= this.#ceilingEnd) this.#ceiling = Infinity;
    return Math.min(this.#hasBacklog ? this.#size : this.batch, this.#ceiling);
  }

  /** Notes that `count` events were delivered; `left` are ready. */
  delivered(count: number, left: number): void {
    if (this.#timeoutsInRow > MAX_TIMEOUTS_BY_SIZE || !this.#isRemembered) {
      // Below the batch size it grows again step by step, as far as a slow network allows.
      this.#ceiling = this.#ceiling < this.batch ? 2 * this.#ceiling : Infinity;
      this.#isRemembered = false;
    }
    this.#timeoutsInRow = 0;
    this.#proven = Math.max(this.#proven, count);
    if (count === this.#size && left >= count) this.#size = Math.min(MAX_REQUEST_EVENTS, 2 * count);
  }

  /** Notes that `count` events were refused for their number: too large (413), or accepted in parts. */
  refused(count: number, now: number): void {
    this.#halve(count, now, true);
  }

  /**
   * Notes that a request with `count` events was not answered. A size that was delivered before is halved until the next
   * success only: an outage must not limit what follows it. `isLarge` says whether its body was, so that a slow network may
   * be the cause; otherwise only a grown size is halved.
   */
  timedOut(count: number, isLarge: boolean, now: number): void {
    this.#timeoutsInRow++;
    const isGrown = Math.ceil(count / 2) >= this.batch;
    if (!isGrown && !isLarge) return;
    // An outage looks the same: below the batch size, growing after a success has to fail too.
    const isKnown = isGrown || (this.#timeoutsInRow < 2 && this.#ceiling < Infinity);
    this.#halve(count, now, isKnown && count > this.#proven);
    this.#proven = Math.min(this.#proven, this.#ceiling);
  }

  #halve(count: number, now: number, isRemembered: boolean): void {
    this.#ceiling = Math.ceil(count / 2);
    this.#ceilingEnd = now + REMEMBERED_SIZE_MS;
    this.#isRemembered = isRemembered;
  }
}
