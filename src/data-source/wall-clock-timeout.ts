import type { CancelTimer, Scheduler } from "../runtime/scheduler.ts";

/** The longest single timer: how long after waking a machine may take to notice what fell due while it slept. */
const SLICE_MS = 15_000;

/**
 * Calls `callback` once `delay` ms have passed by the wall clock or by the timers' clock, whichever is first. Timers stand
 * still while a machine sleeps or a function is frozen, so a long wait is made of short ones (contract §4, liveness). The
 * wall clock may be set back, so it does not decide alone.
 */
export function afterWallTime(scheduler: Scheduler, delay: number, callback: () => void): CancelTimer {
  const due = scheduler.now() + delay;
  let left = delay;
  let cancel: CancelTimer;
  function sleep(): void {
    const slice = Math.min(left, SLICE_MS);
    cancel = scheduler.after(slice, () => {
      left = Math.min(left - slice, due - scheduler.now());
      if (left > 0) sleep();
      else callback();
    });
  }
  sleep();
  return () => cancel();
}
