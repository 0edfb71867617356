import type { Scheduler } from "../runtime/scheduler.ts";

const MINUTE_MS = 60_000;

/**
 * What one process takes of the 1,000 requests a minute that a fleet shares per SDK key (contract §1): a count of its
 * own requests, and the pause that a 429 imposes on configuration calls.
 */
export class RequestQuota {
  readonly #scheduler: Scheduler;
  /** When each request of the last minute was sent, in ms since the epoch. */
  #sentAt: number[] = [];
  #pausedAt = 0;
  #pauseLength = 0;

  /** @param scheduler The clock. */
  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** How long configuration calls have to wait, in ms; 0 when they may be made. */
  get pause(): number {
    const passed = this.#scheduler.now() - this.#pausedAt;
    // A pause that began later than now was imposed before the clock was set back (contract §6.2).
    if (passed < 0) return this.#pauseLength = 0;
    return Math.max(0, this.#pauseLength - passed);
  }

  /** How many requests were sent during the last minute. */
  get sentInLastMinute(): number {
    const now = this.#scheduler.now();
    this.#sentAt = this.#sentAt.filter((at) => at > now - MINUTE_MS && at <= now);
    return this.#sentAt.length;
  }

  /** Pauses configuration calls: the service answered 429. */
  pauseFor(ms: number): void {
    this.#pauseLength = ms;
    this.#pausedAt = this.#scheduler.now();
  }

  /** Counts a request that is about to be sent. Forgets those older than a minute, so that memory stays bounded. */
  count(): void {
    void this.sentInLastMinute;
    this.#sentAt.push(this.#scheduler.now());
  }
}
