import type { HostGlobals } from "./host-globals.ts";
import type { Scheduler } from "./scheduler.ts";

/** Beyond it a timer overflows and fires at once, on every runtime. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A timer as Node and Bun make them; elsewhere it is a number. */
interface UnrefableTimer {
  unref?(): void;
}

/** Makes the scheduler of the real clock. Its timers let the process end unless told otherwise (contract §6). */
export function createScheduler(globals: HostGlobals): Scheduler {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    after(delay, callback, { keepAlive = false } = {}) {
      const timer = setTimeout(callback, Math.min(Math.max(delay, 0), LONGEST_TIMER_MS)) as unknown;
      if (!keepAlive) {
        if (typeof timer === "number") globals.Deno?.unrefTimer?.(timer);
        else (timer as UnrefableTimer).unref?.();
      }
      return () => clearTimeout(timer as number);
    },
  };
}
