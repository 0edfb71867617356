import { LEASE_MS, REQUEST_DEADLINE_MS } from "../contract/limits.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import { createBackoff } from "./backoff.ts";
import type { Backoff } from "./backoff.ts";

/** Releases a load lease, unless another load has taken it since. */
export type ReleaseLease = () => void;

/** Decides when an on-demand source may load. It is plain data, since requests share nothing else (contract §6.1). */
export class LoadSchedule {
  readonly #scheduler: Scheduler;
  readonly #maxAge: number;
  readonly #backoff: Backoff;
  /** Until when the stored flags are used as they are. */
  #freshUntil = -Infinity;
  /** Leases are numbered: only the holder of the last one renews or releases it. */
  #lease = 0;
  #leasedUntil = 0;
  /** Before this moment no other load begins. */
  #nextAt = 0;
  /** When a load failed last, and how long after that no load is retried, in ms. */
  #failedAt = 0;
  #retryWait = 0;

  /** @param maxAge How long loaded flags are fresh, in ms. */
  constructor(scheduler: Scheduler, maxAge: number) {
    this.#scheduler = scheduler;
    this.#maxAge = maxAge;
    this.#backoff = createBackoff(scheduler);
  }

  /** Whether the stored flags can be used without a load. */
  get isFresh(): boolean {
    return this.#isAhead(this.#freshUntil, this.#maxAge);
  }

  /** Whether the wait after a failure is not over. */
  get isTooSoon(): boolean {
    const passed = this.#scheduler.now() - this.#failedAt;
    return passed >= 0 && passed < this.#retryWait;
  }

  /** Takes the lease if it is free and a second has passed since the last load began; `undefined` if not. */
  tryLease(): ReleaseLease | undefined {
    return this.#isAhead(this.#leasedUntil, LEASE_MS) || this.#isAhead(this.#nextAt, LEASE_MS)
      ? undefined
      : this.lease();
  }

  /**
   * Takes the lease, whoever has it. It ends by itself after a second, unless the request that holds it is alive and renews
   * it: by a timer, which ends with its request.
   */
  lease(): ReleaseLease {
    const lease = ++this.#lease;
    const start = this.#scheduler.now();
    this.#nextAt = this.#leasedUntil = start + LEASE_MS;
    let cancel = (): void => {};
    const renewLater = (): void => {
      cancel = this.#scheduler.after(LEASE_MS / 2, () => {
        const now = this.#scheduler.now();
        // A request that was frozen and goes on later has lost its lease.
        if (lease !== this.#lease || now - start >= REQUEST_DEADLINE_MS) return;
        this.#leasedUntil = now + LEASE_MS;
        renewLater();
      });
    };
    renewLater();
    return () => {
      cancel();
      if (lease === this.#lease) this.#leasedUntil = 0;
    };
  }

  /** A load succeeded: no other begins within `pause` ms, even if what it brought is old. */
  succeed(confirmedAt: number, pause: number): void {
    this.#freshUntil = Math.max(confirmedAt + this.#maxAge, this.#scheduler.now() + pause);
    this.#retryWait = 0;
    this.#backoff.reset();
  }

  /** A load failed: no other begins before the back-off's wait is over. */
  fail(failure: FeatureflipError): void {
    this.#retryWait = this.#backoff.next(failure, { floor: LEASE_MS });
    this.#failedAt = this.#scheduler.now();
  }

  /** Whether a moment is within the next `longest` ms. One that is further away shows that the clock was set back. */
  #isAhead(moment: number, longest: number): boolean {
    const distance = moment - this.#scheduler.now();
    return distance > 0 && distance <= longest;
  }
}
