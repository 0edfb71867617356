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
    wait: (verdict, timeout, late) =>
      new Promise((resolve, reject) => {
        function end(by: Error | true): void {
          checks.delete(check);
          cancel();
          if (by === true) resolve();
          else reject(by);
        }
        function check(): void {
          const found = verdict();
          if (found !== false) end(found);
        }
        // Without it, a process that has nothing else to do would end in mid-wait.
        const cancel = scheduler.after(timeout, () => end(late()), { keepAlive: true });
        checks.add(check);
        check();
      }),
    recheck() {
      for (const check of [...checks]) check();
    },
  };
}
