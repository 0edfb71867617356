import { withTimeout } from "../runtime/scheduler.ts";
import type { Scheduler } from "../runtime/scheduler.ts";

/** Callers that wait for something to be decided. */
export interface Waiters {
  /**
   * Waits until `verdict` is no longer `false`: resolves at `true`, rejects with an error.
   *
   * @param timeout In ms; the wait keeps the process alive for so long.
   * @param late What it is rejected with then.
   */
  wait(verdict: () => Error | boolean, timeout: number, late: () => Error): Promise<void>;
  /** Something has changed: every verdict is asked for again. */
  recheck(): void;
}

/** Makes a place to wait at. */
export function createWaiters(scheduler: Scheduler): Waiters {
  const checks = new Set<() => void>();
  return {
    wait(verdict, timeout, late) {
      let check = (): void => {};
      const decided = new Promise<void>((resolve, reject) => {
        check = (): void => {
          const found = verdict();
          if (found === true) resolve();
          else if (found !== false) reject(found);
        };
      });
      checks.add(check);
      check();
      return withTimeout(decided, timeout, scheduler, () => {
        throw late();
      }).finally(() => checks.delete(check));
    },
    recheck() {
      for (const check of checks) check();
    },
  };
}
