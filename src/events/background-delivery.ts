import type { CancelTimer } from "../runtime/scheduler.ts";
import { Delivery } from "./delivery.ts";

/** Delivery on runtimes with a background: one timer sends what is due, and callers share the promise of a running sender. */
export class BackgroundDelivery extends Delivery {
  protected override readonly hasTimers = true;
  #cancelTimer: CancelTimer | undefined;
  /** The sender at work. */
  #work: Promise<void> | undefined;

  override added(now: number, areSeveral: boolean = false): void {
    super.added(now);
    // The first event, a full batch and a queue half full change when the timer has to fire.
    const { length, halfLength } = this.source;
    if (areSeveral || length === 1 || length === this.sender.batchSize || length === halfLength) {
      this.#schedule(now);
    }
  }

  protected override isSending(): boolean {
    return this.#work !== undefined;
  }

  protected override async awaitSender(): Promise<void> {
    await this.#work;
  }

  protected override asSender(work: () => Promise<void>): Promise<void> {
    this.#cancelTimer?.();
    return this.#work = work().finally(() => {
      this.#work = undefined;
      this.#schedule(this.scheduler.now());
    });
  }

  override close(timeout: number): Promise<number> {
    this.#cancelTimer?.();
    return super.close(timeout);
  }

  #schedule(now: number): void {
    if (this.#work !== undefined || this.isClosing || this.source.waiting === 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = this.scheduler.after(this.dueIn(now), () => void this.deliverDue());
  }
}
