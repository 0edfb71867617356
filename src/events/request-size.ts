import {
  BACKLOG_FACTOR,
  MAX_REQUEST_EVENTS,
  MAX_WAITING_EVENTS,
  REMEMBERED_SIZE_MS,
} from "../contract/limits.ts";
import { remaining } from "../runtime/scheduler.ts";

/** A size that no request exceeds for a while. */
interface Ceiling {
  readonly size: number;
  readonly at: number;
  /** Whether it outlasts the next success. */
  readonly isRemembered: boolean;
}

/** After more time-outs in a row the service was away: their sizes were not the cause. */
const MAX_TIMEOUTS_BY_SIZE = 3;

/** How many events the next request carries (contract §5): it grows with a backlog and shrinks with failures. */
export class RequestSize {
  /** How many events cause a request, and how many it carries without a backlog. */
  readonly batch: number;
  readonly #backlogFrom: number;
  readonly #firstSize: number;
  /** The size of requests while a backlog is sent. */
  #size: number;
  #hasBacklog = false;
  #ceiling: Ceiling | undefined;
  /** The largest size that was delivered, as far as nothing suggests otherwise since. */
  #proven = 0;
  #timeoutsInRow = 0;

  constructor(flushBatchSize: number) {
    this.batch = Math.min(flushBatchSize, MAX_REQUEST_EVENTS);
    this.#size = this.#firstSize = Math.min(BACKLOG_FACTOR * this.batch, MAX_REQUEST_EVENTS);
    this.#backlogFrom = Math.min(this.#firstSize, MAX_WAITING_EVENTS / 2);
  }

  /** The size of the next request. `ready` is how many events are ready; `isUrgent` makes it as large as with a backlog. */
  next(ready: number, isUrgent: boolean, now: number): number {
    if (isUrgent || ready >= this.#backlogFrom) this.#hasBacklog = true;
    else if (ready < this.batch) this.#hasBacklog = false;
    if (!this.#hasBacklog) this.#size = Math.max(this.#firstSize, Math.floor(this.#size / 2));
    const size = this.#hasBacklog ? this.#size : this.batch;
    return Math.max(1, Math.min(size, this.#ceilingAt(now)));
  }

  /** Notes that `count` events were delivered; `left` are ready. */
  delivered(count: number, left: number): void {
    const ceiling = this.#ceiling;
    if (this.#timeoutsInRow > MAX_TIMEOUTS_BY_SIZE || ceiling?.isRemembered === false) {
      // Below the batch size it grows again step by step, as far as a slow network allows.
      this.#ceiling = ceiling && ceiling.size < this.batch
        ? { ...ceiling, size: 2 * ceiling.size, isRemembered: false }
        : undefined;
    }
    this.#timeoutsInRow = 0;
    this.#proven = Math.max(this.#proven, count);
    if (count === this.#size && left >= count) this.#size = Math.min(MAX_REQUEST_EVENTS, 2 * count);
  }

  /** Notes that `count` events were refused as too large (413); returns whether the next request is smaller for it. */
  tooLarge(count: number, now: number): boolean {
    if (count <= this.batch) return false;
    this.refused(count, now);
    return true;
  }

  /** Notes that `count` events were refused, but not their parts. */
  refused(count: number, now: number): void {
    this.#ceiling = { size: Math.ceil(count / 2), at: now, isRemembered: true };
  }

  /**
   * Notes that a request with `count` events was not answered. A size that was delivered before is halved until the next
   * success only: an outage must not limit what follows it. `isLarge` says whether its body was, so that a slow network may
   * be the cause; otherwise only a grown size is halved.
   */
  timedOut(count: number, isLarge: boolean, now: number): void {
    this.#timeoutsInRow++;
    const size = Math.ceil(count / 2);
    const isGrown = size >= this.batch;
    if (!isGrown && !isLarge) return;
    // An outage looks the same: below the batch size, growing after a success has to fail too.
    const isKnown = isGrown || (this.#timeoutsInRow < 2 && this.#ceiling !== undefined);
    this.#ceiling = { size, at: now, isRemembered: isKnown && count > this.#proven };
    this.#proven = Math.min(this.#proven, size);
  }

  #ceilingAt(now: number): number {
    if (this.#ceiling === undefined) return Infinity;
    if (remaining(this.#ceiling.at, REMEMBERED_SIZE_MS, now) === 0) this.#ceiling = undefined;
    return this.#ceiling?.size ?? Infinity;
  }
}
