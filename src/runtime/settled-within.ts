import type { Scheduler } from "./scheduler.ts";

/** Waits for `work`, but no longer than `ms`. `work` must not reject. */
export function settledWithin(work: Promise<void>, ms: number, scheduler: Scheduler): Promise<void> {
  return new Promise((resolve) => {
    const cancel = scheduler.after(ms, resolve, { keepAlive: true });
    void work.then(() => {
      cancel();
      resolve();
    });
  });
}
