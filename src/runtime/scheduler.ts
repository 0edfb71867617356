import type { Detach } from "./async-context.ts";
import type { HostGlobals } from "./host-globals.ts";

/** Options of {@linkcode Scheduler.after}. */
export interface AfterOptions {
  /** Whether the timer keeps the process alive. Only for a bounded wait that a caller asked for; `false` by default. */
  readonly keepAlive?: boolean;
}

/** Cancels a timer; has no effect once the timer has fired. */
export type CancelTimer = () => void;

/**
 * Time, random numbers and timers. All of them come from here, so that tests can pass in a clock of their own and no timer
 * keeps a process alive by accident (contract §6).
 */
export interface Scheduler {
  /** The wall clock, in ms since the epoch: all other clocks stop while a machine sleeps (contract §4). */
  now(): number;
  /** A random number in [0, 1). */
  random(): number;
  /** Calls `callback` once, after `delay` ms (clamped to 0 … 2^31-1, since longer timers fire at once). */
  after(delay: number, callback: () => void, options?: AfterOptions): CancelTimer;
  /** Runs work in the background, outside of its caller's async context. Timers are set so by themselves. */
  readonly detach: Detach;
}

/** The last moment that a `Date` can represent, in ms since the epoch. */
const LAST_DATE_MS = 8.64e15;

/** A longer timer overflows and fires at once, on every runtime. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A timer of Node and Bun; on other runtimes it is a number. */
interface UnrefableTimer {
  unref?(): void;
}

/**
 * Creates the scheduler of the system's clock. Its timers let the process end unless `keepAlive` is set (contract §6).
 *
 * @param detach Leaves the async context of whoever sets a timer; the default does not.
 */
export function createScheduler(
  globals: HostGlobals,
  detach: Detach = (work) => work(),
): Scheduler {
  // A test may have replaced Date.now and the timers by functions that return nothing or throw (contract §3).
  let lastNow = 0;
  return {
    now() {
      try {
        const now = Date.now();
        // Most calls are within the same millisecond as the last one (bench: events-unique).
        if (now !== lastNow && Number.isFinite(now) && Math.abs(now) <= LAST_DATE_MS) lastNow = now;
      } catch {
        // The last known time is returned.
      }
      return lastNow;
    },
    random: () => Math.random(),
    after(delay, callback, { keepAlive = false } = {}) {
      let timer: unknown;
      let isCancelled = false;
      let isSet = false;
      detach(() => {
        if (isCancelled) return;
        try {
          // A mock that calls back at once is ignored: what is not due yet would be scheduled again without end.
          timer = setTimeout(() => isSet && callback(), Math.min(Math.max(delay, 0), LONGEST_TIMER_MS));
          isSet = true;
          if (!keepAlive) {
            if (typeof timer === "number") globals.Deno?.unrefTimer?.(timer);
            else (timer as UnrefableTimer | undefined)?.unref?.();
          }
        } catch {
          // Without a timer nothing is done later; flush() and close() still work.
        }
      });
      return () => {
        isCancelled = true;
        try {
          clearTimeout(timer as number);
        } catch {
          // The callback finds that it is no longer needed.
        }
      };
    },
    detach,
  };
}

/** Resolves after `ms`. Keeps the process alive. */
function sleep(scheduler: Scheduler, ms: number): Promise<void> {
  return new Promise((resolve) => void scheduler.after(ms, resolve, { keepAlive: true }));
}

/** Settles like `work`, or after `ms` with what `onTimeout` returns or throws. Keeps the process alive. */
export function withTimeout<T>(
  work: Promise<T>,
  ms: number,
  scheduler: Scheduler,
  onTimeout: () => T,
): Promise<T> {
  let cancel!: CancelTimer;
  const timer = new Promise<void>((resolve) => cancel = scheduler.after(ms, resolve, { keepAlive: true }));
  return Promise.race([work, timer.then(onTimeout)]).finally(cancel);
}

/** How much of `span` ms since `since` is left: from 0 to `span`, also when the clock was set back (contract §6.2). */
export function remaining(since: number, span: number, now: number): number {
  return Math.min(span, Math.max(0, since + span - now));
}

/**
 * A moment in the future until which work may take. It is plain data: on request-scoped runtimes it may be used by another
 * request than the one that created it.
 */
export class Deadline {
  readonly #scheduler: Pick<Scheduler, "now">;
  readonly #start: number;
  readonly #ms: number;

  /** Creates the deadline that is `ms` away. */
  constructor(scheduler: Pick<Scheduler, "now">, ms: number) {
    this.#scheduler = scheduler;
    this.#start = scheduler.now();
    this.#ms = ms;
  }

  /** Whether the moment has passed. */
  get isOver(): boolean {
    return this.remaining() <= 0;
  }

  /** The time left, in ms: from 0 to the whole time, even if the wall clock was set back since. */
  remaining(): number {
    return remaining(this.#start, this.#ms, this.#scheduler.now());
  }
}

/** How often {@linkcode pollUntil} asks by default. */
const POLL_EVERY_MS = 50;

/**
 * Calls `poll` now and every `interval` ms (50 by default), until it returns something truthy or `ms` have passed, and returns its last result. The
 * time that `poll` takes counts. For results of other requests: their promises cannot be awaited on request-scoped runtimes
 * (contract §6.1).
 */
export async function pollUntil<T>(
  scheduler: Scheduler,
  ms: number,
  poll: () => T | Promise<T>,
  interval: number = POLL_EVERY_MS,
): Promise<T> {
  const start = scheduler.now();
  for (let waited = 0;; waited += interval) {
    const found = await poll();
    // The sum of the waits counts too: the wall clock may be set back meanwhile.
    if (found || Math.max(waited, scheduler.now() - start) >= ms) return found;
    await sleep(scheduler, interval);
  }
}

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
