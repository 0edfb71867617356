import { Delivery } from "./delivery.ts";

/**
 * How long a sender holds the lease before it has shown, by a timer that fired, that it lives on, in ms. On workerd a request
 * whose client has gone may run for a moment in which its `waitUntil` no longer counts.
 */
const UNPROVEN_LEASE_MS = 1_000;
/** How long a lease outlasts its request, in ms. */
const LEASE_SLACK_MS = 1_000;
/** How often a request asks whether another one has sent, in ms: their promises must not be shared (contract §6.1). */
const LEASE_POLL_MS = 50;

/**
 * Delivery on request-scoped runtimes: whoever sends holds a lease, a number and a time, because a request can vanish while it
 * sends. Events leave through `waitUntil`, or within a request that flushes.
 */
export class RequestDelivery extends Delivery {
  protected override readonly hasTimers = false;
  #leaseUntil = 0;
  /** How long the lease lasts, in ms: one that ends later was taken before the clock was set back (contract §6.2). */
  #leaseLength = 0;

  protected override isSending(now: number): boolean {
    const left = this.#leaseUntil - now;
    return left > 0 && left <= this.#leaseLength;
  }

  protected override awaitSender(): Promise<void> {
    return this.wait(LEASE_POLL_MS);
  }

  protected override async asSender(work: () => Promise<void>, isCurrent: () => boolean): Promise<void> {
    this.#hold(UNPROVEN_LEASE_MS);
    const cancelProof = this.scheduler.after(0, () => {
      if (isCurrent()) this.renewLease();
    });
    try {
      await work();
    } finally {
      cancelProof();
      if (isCurrent()) this.#leaseUntil = 0;
    }
  }

  /** For as long as the latest request may take. */
  protected override renewLease(): void {
    this.#hold(this.sender.requestTimeout + LEASE_SLACK_MS);
  }

  #hold(ms: number): void {
    this.#leaseLength = ms;
    this.#leaseUntil = this.scheduler.now() + ms;
  }
}
