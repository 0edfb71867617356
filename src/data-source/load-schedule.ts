import { MAX_BACKOFF_MS, MAX_SERVER_DELAY_MS, REQUEST_DEADLINE_MS } from "../contract/limits.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { RequestError } from "../errors/request-error.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import { createBackoff } from "./backoff.ts";
import type { Backoff } from "./backoff.ts";

/** How long a load holds its lease. A load whose request was cancelled never releases it. */
const LEASE_MS = REQUEST_DEADLINE_MS + 1000;

/** After this many failures in a row, requests are answered without another load: an outage must not become a flood. */
const FAILURES_BEFORE_WAIT = 3;

/** The longest of these waits while there is nothing to serve, in ms. */
const WAIT_WITH_NOTHING_MS = 5000;

/** No retry is ever further away, in ms. */
const LONGEST_WAIT_MS = 2 * MAX_SERVER_DELAY_MS;

/** Decides when an on-demand source may load. It is plain data, since requests share nothing else (contract §6.1). */
export class LoadSchedule {
  readonly #scheduler: Scheduler;
  readonly #maxAge: number;
  readonly #backoff: Backoff;
  /** Until when the stored flags are used as they are. */
  #freshUntil = -Infinity;
  /** Until when another request holds the load lease. */
  #leasedUntil = 0;
  /** Before this moment no load is retried. */
  #retryAt = 0;
  #failures = 0;

  /** @param maxAge How long loaded flags are fresh, in ms. */
  constructor(scheduler: Scheduler, maxAge: number) {
    this.#scheduler = scheduler;
    this.#maxAge = maxAge;
    this.#backoff = createBackoff(scheduler);
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether the stored flags can be used without a load. */
  get isFresh(): boolean {
    return this.#isAhead(this.#freshUntil, this.#maxAge);
  }

  /** Whether another request is loading. */
  get isLeased(): boolean {
    return this.#isAhead(this.#leasedUntil, LEASE_MS);
  }

  /** Whether the wait after failures is not over. */
  get isTooSoon(): boolean {
    return this.#isAhead(this.#retryAt, LONGEST_WAIT_MS);
  }

  /** Takes the lease. The returned function releases it, unless another load has taken it since. */
  lease(): () => void {
    const lease = this.#leasedUntil = this.#scheduler.now() + LEASE_MS;
    return () => {
      if (this.#leasedUntil === lease) this.#leasedUntil = 0;
    };
  }

  /** Flags that the service confirmed at this moment are stored: they are fresh until `maxAge` after it. */
  setFresh(confirmedAt: number): void {
    this.#freshUntil = confirmedAt + this.#maxAge;
  }

  /** A load succeeded: no other begins within `pause` ms, even if what it brought is old. */
  succeed(confirmedAt: number, pause: number): void {
    this.setFresh(Math.max(confirmedAt, this.#scheduler.now() + pause - this.#maxAge));
    this.#retryAt = this.#failures = 0;
    this.#backoff.reset();
  }

  /**
   * A load failed.
   *
   * @param failuresBefore The number of failures when it began: loads that ran at the same time count once.
   * @param hasFlags Whether there is something to serve meanwhile.
   */
  fail(failure: FeatureflipError, failuresBefore: number, hasFlags: boolean): void {
    if (failuresBefore !== this.#failures) return;
    this.#failures++;
    const isToldToWait = failure instanceof RequestError && (failure.keyRejected || failure.retryAfter);
    if (!isToldToWait && this.#failures < FAILURES_BEFORE_WAIT) return;
    const cap = hasFlags ? Math.min(this.#maxAge, MAX_BACKOFF_MS) : WAIT_WITH_NOTHING_MS;
    this.#retryAt = this.#scheduler.now() + this.#backoff.next(failure, { cap });
  }

  /** Whether a moment is within the next `longest` ms. One that is further away shows that the clock was set back. */
  #isAhead(moment: number, longest: number): boolean {
    const distance = moment - this.#scheduler.now();
    return distance > 0 && distance <= longest;
  }
}
