import {
  FALLBACK_SPREAD_MS,
  FIRST_BACKOFF_MS,
  MAX_POLL_WAIT_MS,
  REFRESH_LOCK_MS,
} from "../contract/limits.ts";
import { RequestError } from "../errors/request-error.ts";
import { afterWallTime } from "../runtime/scheduler.ts";
import type { CancelTimer } from "../runtime/scheduler.ts";
import { createBackoff } from "./backoff.ts";
import type { DataSource, DataSourceContext, DataSourceOptions } from "./data-source.ts";
import { FlagUpdater } from "./flag-updater.ts";
import { createOutageReporter } from "./outage-reporter.ts";

/** Keeps flags current by fetching every `pollInterval` (contract §4). */
export function createPollSource(
  context: DataSourceContext,
  { pollInterval }: Pick<DataSourceOptions, "pollInterval">,
): DataSource {
  const { shared } = context;
  const reporter = createOutageReporter(context);
  const updater = new FlagUpdater(context, {
    reporter,
    maxAge: pollInterval,
    onFetched: () => reporter.reportRecovery(),
  });
  const poller = createPoller(context, pollInterval, updater);
  let unwatch: (() => void) | undefined;
  return {
    mode: "polling",
    start() {
      poller.start();
      unwatch = shared?.watch(() => void updater.readStore());
    },
    refresh: () => updater.refresh(),
    close() {
      unwatch?.();
      poller.stop();
      updater.close();
    },
  };
}

/** Options of a {@linkcode PollingFallback}. */
export interface PollingFallbackOptions {
  /** In ms. */
  readonly pollInterval: number;
  poll(): Promise<void>;
  /** Called when polling starts. */
  onStart(): void;
}

/** Polls beside a stream that fails, until the stream is back (contract §4, fallback). */
export class PollingFallback {
  readonly #context: Pick<DataSourceContext, "scheduler" | "sink" | "logger">;
  readonly #options: PollingFallbackOptions;
  readonly #poller: Poller;
  #status: "off" | "starting" | "polling" | "suspended" = "off";
  #cancelStart: CancelTimer | undefined;

  /** Creates the fallback of one stream. Nothing is polled before {@linkcode start}. */
  constructor(
    context: Pick<DataSourceContext, "scheduler" | "sink" | "logger">,
    options: PollingFallbackOptions,
  ) {
    this.#context = context;
    this.#options = options;
    this.#poller = createPoller(context, options.pollInterval, options);
  }

  /** Whether polling runs. */
  get isPolling(): boolean {
    return this.#status === "polling";
  }

  /** Starts polling after a random part of 10 s, so that a fleet does not do so at the same moment. */
  start(reason: string): void {
    if (this.#status === "suspended") return this.#poll();
    if (this.#status !== "off") return;
    this.#status = "starting";
    const { scheduler, logger, sink } = this.#context;
    this.#cancelStart = afterWallTime(scheduler, FALLBACK_SPREAD_MS * scheduler.random(), () => {
      logger.warn(
        `Flag stream failing, polling every ${this.#options.pollInterval} ms until it is back: ${reason}`,
      );
      this.#poll();
      // Last: a listener may close the client.
      sink.modeChanged("polling", reason);
    });
  }

  /** Stops polling while the key is rejected; the mode stays. */
  suspend(): void {
    this.#halt();
    this.#status = this.#status === "polling" || this.#status === "suspended" ? "suspended" : "off";
  }

  /** Stops polling: the stream is back. */
  stop(): void {
    this.#halt();
    const hasPolled = this.#status === "polling" || this.#status === "suspended";
    this.#status = "off";
    if (hasPolled) this.#context.sink.modeChanged("streaming");
  }

  /** Ends polling, without a report. */
  close(): void {
    this.#halt();
  }

  #poll(): void {
    this.#status = "polling";
    this.#poller.start();
    this.#options.onStart();
  }

  #halt(): void {
    this.#cancelStart?.();
    this.#poller.stop();
  }
}

/** Fetches repeatedly: never twice at once, and measured from the end of the last poll (contract §4, polling). */
interface Poller {
  /** Starts with a poll at once. Has no effect while it runs. */
  start(): void;
  stop(): void;
}

/**
 * Creates a poller; `interval` in ms. While there are no flags to serve it retries sooner after a failure, from one second
 * on. Flags of a shared store have used up a part of the interval: its readers poll when its writer does.
 */
function createPoller(
  { scheduler, sink, shared }: Pick<DataSourceContext, "scheduler" | "sink" | "shared">,
  interval: number,
  updater: Pick<FlagUpdater, "poll">,
): Poller {
  const backoff = createBackoff(scheduler);
  let cancelTimer: CancelTimer | undefined;
  /** Identifies the run since the last `start()`; `undefined` while stopped. */
  let run: object | undefined;
  /** How long another process was last waited for, which writes what the last poll looked for, in ms; 0 for none. */
  let writerWait = 0;

  function waitAfterSuccess(jitter: number): number {
    const left = interval - sink.age();
    const isWriterAwaited = left <= 0 && shared?.canLock === true && writerWait < REFRESH_LOCK_MS;
    if (!isWriterAwaited) {
      writerWait = 0;
      return (left > 0 ? left : interval) + jitter;
    }
    // Most writers are done within a second, and all before their lock ends. If one fails, the waits grow.
    writerWait = Math.max(FIRST_BACKOFF_MS, 2 * writerWait);
    // Without jitter: those who wait for a writer have polled at different moments.
    return Math.min(interval, writerWait);
  }

  async function pollAndWait(ownRun: object): Promise<void> {
    const jitter = interval * scheduler.random() / 10;
    let wait = interval + jitter;
    try {
      await updater.poll();
      wait = waitAfterSuccess(jitter);
      backoff.reset();
    } catch (error) {
      const hasFlags = sink.hasSnapshot();
      const first = hasFlags ? 2 * interval : FIRST_BACKOFF_MS;
      const least = hasFlags ? interval : 0;
      // A 429 asks for a pause, not for fewer polls: it does not double the wait (contract §4).
      const isRateLimited = error instanceof RequestError && error.status === 429;
      wait = isRateLimited
        ? Math.max(wait, (error.retryAfter ?? 0) * (1 + scheduler.random() / 4))
        : Math.max(least, backoff.next(error, { first, cap: MAX_POLL_WAIT_MS }));
    }
    if (run === ownRun) cancelTimer = afterWallTime(scheduler, wait, () => void pollAndWait(ownRun));
  }

  return {
    start() {
      if (run === undefined) void pollAndWait(run = {});
    },
    stop() {
      run = undefined;
      cancelTimer?.();
    },
  };
}
