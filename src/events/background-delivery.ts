import type { CancelTimer } from "../runtime/scheduler.ts";
import { Delivery } from "./delivery.ts";

/** Delivery on runtimes with a background: one timer sends what is due, and callers share the promise of a running sender. */
export class BackgroundDelivery extends Delivery {
  protected override readonly hasTimers = true;
  #cancelTimer: CancelTimer | undefined;
  /** The sender at work. */
  #work: Promise<void> | undefined;
  #abandoned = false;
  /** Ends the waits of callers. */
  readonly #waits = new Set<() => void>();

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

  protected override asSender(
    work: (isCurrent: () => boolean, extend: () => void) => Promise<void>,
  ): Promise<void> {
    this.cancelTimers();
    const running = work(() => !this.#abandoned, () => {}).finally(() => {
      this.#work = undefined;
      this.#schedule(this.scheduler.now());
    });
    this.#work = running;
    return running;
  }

  protected override wait(delay: number, work?: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#waits.delete(end);
        resolve();
      };
      // A caller that waits for work has a time-out that keeps the process alive.
      const cancel = this.scheduler.after(delay, end, { keepAlive: work !== undefined });
      this.#waits.add(end);
      void work?.then(end);
    });
  }

  protected override cancelTimers(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  protected override abandon(): void {
    this.#abandoned = true;
    this.#work = undefined;
    for (const end of this.#waits) end();
  }

  #schedule(now: number): void {
    if (this.#work !== undefined || this.isClosing || this.source.waiting === 0) return;
    this.cancelTimers();
    this.#cancelTimer = this.scheduler.after(this.dueIn(now), () => void this.deliverDue());
  }
}
