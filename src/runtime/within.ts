import type { CancelTimer, Scheduler } from "./scheduler.ts";

/** Settles with `work`, or after `ms` with what `late` gives or throws. The wait keeps the process alive. */
export function within<T>(work: Promise<T>, ms: number, scheduler: Scheduler, late: () => T): Promise<T> {
  let cancel: CancelTimer = () => {};
  const timer = new Promise<void>((resolve) => cancel = scheduler.after(ms, resolve, { keepAlive: true }));
  return Promise.race([work, timer.then(late)]).finally(() => cancel());
}
