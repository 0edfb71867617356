import type { CancelTimer, Scheduler } from "../runtime/scheduler.ts";
import { afterWallTime } from "./after-wall-time.ts";
import { createBackoff } from "./backoff.ts";

/** Asks again and again: never twice at once, measured from the end of the last time (contract §4, polling). */
export interface Poller {
  /** Begins, at once; does nothing when it has begun. */
  start(): void;
  stop(): void;
}

/** What a {@linkcode Poller} works with. */
export interface PollerOptions {
  readonly scheduler: Scheduler;
  /** In ms. */
  readonly interval: number;
  poll(): Promise<void>;
  /** Whether there is anything to serve: until then it asks sooner after a failure, from a second on. */
  isLoaded(): boolean;
}

/** Where the waits that double on failures end (contract §4). */
const SLOWEST_MS = 300_000;

/** Makes a poller. */
export function createPoller({ scheduler, interval, poll, isLoaded }: PollerOptions): Poller {
  const backoff = createBackoff(scheduler);
  let cancelTimer: CancelTimer | undefined;
  let running: object | undefined;

  async function turn(me: object): Promise<void> {
    let wait: number;
    try {
      await poll();
      backoff.reset();
      wait = interval * (1 + scheduler.random() / 10);
    } catch (error) {
      wait = isLoaded()
        ? Math.max(interval, backoff.next(error, { first: 2 * interval, cap: SLOWEST_MS }))
        : backoff.next(error, { cap: SLOWEST_MS });
    }
    if (running === me) cancelTimer = afterWallTime(scheduler, wait, () => turn(me));
  }

  return {
    start() {
      if (running === undefined) void turn(running = {});
    },
    stop() {
      running = undefined;
      cancelTimer?.();
    },
  };
}
