import { withTimeout } from "../runtime/scheduler.ts";
import type { Scheduler } from "../runtime/scheduler.ts";

/** Callers that wait until a condition is decided. */
export interface Waiters {
  /**
   * Waits until `isDecided` no longer returns `false`: resolves when it returns `true`, rejects with the error that it
   * returns. Keeps the process alive.
   *
   * @param timeout In ms.
   * @param onTimeout Returns the error for a wait that took longer.
   */
  wait(isDecided: () => Error | boolean, timeout: number, onTimeout: () => Error): Promise<void>;
  /** Calls every `isDecided` again, after a change. */
  recheck(): void;
}

/** Creates a set of waiting callers, empty at first. */
export function createWaiters(scheduler: Scheduler): Waiters {
  const checks = new Set<() => void>();
  return {
    wait(isDecided, timeout, onTimeout) {
      let check = (): void => {};
      const decided = new Promise<void>((resolve, reject) => {
        check = (): void => {
          const result = isDecided();
          if (result === true) resolve();
          else if (result !== false) reject(result);
        };
      });
      checks.add(check);
      check();
      return withTimeout(decided, timeout, scheduler, () => {
        throw onTimeout();
      }).finally(() => checks.delete(check));
    },
    recheck() {
      for (const check of checks) check();
    },
  };
}
