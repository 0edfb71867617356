import { FIRST_BACKOFF_MS, MAX_POLL_WAIT_MS } from "../contract/limits.ts";
import type { CancelTimer } from "../runtime/scheduler.ts";
import { createBackoff } from "./backoff.ts";
import type { DataSourceContext, DataSourceOptions } from "./create.ts";
import type { DataSource } from "./data-source.ts";
import { createFlagUpdater } from "./flag-updater.ts";
import { createSourceLog } from "./outage-reporter.ts";
import { afterWallTime } from "./wall-clock-timeout.ts";

/** Keeps flags current by asking every `pollInterval` (contract §4). */
export function createPollSource(
  context: DataSourceContext,
  { pollInterval }: Pick<DataSourceOptions, "pollInterval">,
): DataSource {
  const { shared } = context;
  const log = createSourceLog(context);
  const updater = createFlagUpdater(context, { log, maxAge: pollInterval, onFetched: log.recovered });
  const poller = createPoller(context, pollInterval, updater.poll);
  let unwatch = (): void => {};
  return {
    mode: "polling",
    start() {
      poller.start();
      unwatch = shared?.watch(() => void updater.readStore()) ?? unwatch;
    },
    refresh: updater.refresh,
    close() {
      unwatch();
      poller.stop();
      updater.close();
    },
  };
}

/** Asks again and again: never twice at once, measured from the end of the last time (contract §4, polling). */
export interface Poller {
  /** Begins, at once; does nothing when it has begun. */
  start(): void;
  stop(): void;
}

/**
 * Makes a poller; `interval` in ms. Until there is anything to serve it asks sooner after a failure, from a second on.
 */
export function createPoller(
  { scheduler, sink }: Pick<DataSourceContext, "scheduler" | "sink">,
  interval: number,
  poll: () => Promise<void>,
): Poller {
  const backoff = createBackoff(scheduler);
  let cancelTimer: CancelTimer | undefined;
  let running: object | undefined;

  async function turn(me: object): Promise<void> {
    let wait = interval * (1 + scheduler.random() / 10);
    try {
      await poll();
      backoff.reset();
    } catch (error) {
      const [first, least] = sink.hasSnapshot() ? [2 * interval, interval] : [FIRST_BACKOFF_MS, 0];
      wait = Math.max(least, backoff.next(error, { first, cap: MAX_POLL_WAIT_MS }));
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
