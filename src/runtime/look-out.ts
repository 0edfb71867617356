import type { Scheduler } from "./scheduler.ts";

/** How often somebody who waits for others looks whether they are done. */
const LOOK_EVERY_MS = 50;

/**
 * Looks for what somebody else is about to bring, now and every 50 ms until `ms` have passed, the time that looking takes
 * among them. Others' promises can not be waited for where requests share nothing but plain data (contract §6.1).
 */
export async function lookOut<T>(
  scheduler: Scheduler,
  ms: number,
  look: () => T | Promise<T>,
): Promise<T> {
  const start = scheduler.now();
  for (let waited = 0;; waited += LOOK_EVERY_MS) {
    const found = await look();
    if (found || Math.max(waited, scheduler.now() - start) >= ms) return found;
    await new Promise<void>((resolve) => {
      scheduler.after(LOOK_EVERY_MS, resolve, { keepAlive: true });
    });
  }
}
