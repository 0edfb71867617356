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
  #lease = 0;
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

  protected override async asSender(
    work: (isCurrent: () => boolean, extend: () => void) => Promise<void>,
  ): Promise<void> {
    const lease = ++this.#lease;
    const isCurrent = (): boolean => lease === this.#lease;
    this.#hold(UNPROVEN_LEASE_MS);
    const cancelProof = this.scheduler.after(0, () => {
      if (isCurrent()) this.#extend();
    });
    try {
      await work(isCurrent, () => this.#extend());
    } finally {
      cancelProof();
      if (isCurrent()) this.#leaseUntil = 0;
    }
  }

  protected override wait(delay: number, work?: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        resolve();
      };
      const cancel = this.scheduler.after(delay, end, { keepAlive: true });
      void work?.then(end);
    });
  }

  protected override cancelTimers(): void {}

  protected override abandon(): void {
    this.#lease++;
    this.#leaseUntil = 0;
  }

  /** For as long as the latest request may take. */
  #extend(): void {
    this.#hold(this.sender.requestTimeout + LEASE_SLACK_MS);
  }

  #hold(ms: number): void {
    this.#leaseLength = ms;
    this.#leaseUntil = this.scheduler.now() + ms;
  }
}
