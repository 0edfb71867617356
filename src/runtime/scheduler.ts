import type { HostGlobals } from "./detect-runtime.ts";

/** How {@linkcode Scheduler.after} treats the process. */
export interface AfterOptions {
  /** Whether the timer keeps the process alive. Only for a wait that a caller asked for and that is bounded; `false` by default. */
  readonly keepAlive?: boolean;
}

/** Takes a timer back; harmless when it has fired. */
export type CancelTimer = () => void;

/**
 * Time, chance and timers, handed in so that tests need no patching: the only place where a timer is made
 * (contract §6: no timer keeps a process alive).
 */
export interface Scheduler {
  /** The wall clock, in ms since the epoch: a frozen or sleeping machine stops every other clock (contract §4). */
  now(): number;
  /** A random number in [0, 1). */
  random(): number;
  /** Calls `callback` once, after `delay` ms (clamped to 0 … 2^31-1, since longer timers fire at once). */
  after(delay: number, callback: () => void, options?: AfterOptions): CancelTimer;
}

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

/** Settles with `work`, or after `ms` with what `late` gives or throws. The wait keeps the process alive. */
export function within<T>(work: Promise<T>, ms: number, scheduler: Scheduler, late: () => T): Promise<T> {
  let cancel: CancelTimer = () => {};
  const timer = new Promise<void>((resolve) => cancel = scheduler.after(ms, resolve, { keepAlive: true }));
  return Promise.race([work, timer.then(late)]).finally(() => cancel());
}

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
