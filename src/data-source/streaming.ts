import {
  QUIET_RECONNECT_MS,
  STREAM_ATTEMPT_INTERVAL_MS,
  SYNC_TIMEOUT_MS,
  SYNC_WAIT_MS,
  UNCONFIRMED_MS,
} from "../contract/limits.ts";
import { decodeStreamEvent } from "../contract/stream-event.ts";
import type { StreamEvent } from "../contract/stream-event.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { isKeyRejected } from "../errors/request-error.ts";
import { afterWallTime } from "../runtime/scheduler.ts";
import type { CancelTimer } from "../runtime/scheduler.ts";
import { createBackoff } from "./backoff.ts";
import type { Backoff } from "./backoff.ts";
import type { DataSource, DataSourceContext, DataSourceOptions } from "./data-source.ts";
import { FlagUpdater } from "./flag-updater.ts";
import { createOutageReporter, toFailure } from "./outage-reporter.ts";
import type { OutageReporter } from "./outage-reporter.ts";
import { createPollSource, PollingFallback } from "./polling.ts";
import { StreamSession } from "./stream-session.ts";

/** Options of a stream source; times in ms. */
export type StreamSourceOptions = Pick<DataSourceOptions, "pollInterval" | "pollAfterFailures">;

/**
 * Creates the source of a runtime that has a background, for every mode but lazy. The build for request-scoped runtimes has
 * `streaming.edge.ts` instead.
 */
export function createBackgroundSource(context: DataSourceContext, options: DataSourceOptions): DataSource {
  return options.mode === "polling" || options.mode === "manual"
    ? createPollSource(context, options)
    : createStreamSource(context, options);
}

/**
 * Keeps flags current by the event stream, reconnecting indefinitely, with polling beside it while it fails (contract §4).
 * All updates go through the updater, which keeps them in order.
 */
export function createStreamSource(context: DataSourceContext, options: StreamSourceOptions): DataSource {
  return new StreamSource(context, options);
}

class StreamSource implements DataSource {
  readonly mode = "streaming";
  readonly #context: DataSourceContext;
  readonly #pollAfterFailures: number;
  readonly #reporter: OutageReporter;
  readonly #backoff: Backoff;
  readonly #updater: FlagUpdater;
  readonly #fallback: PollingFallback;
  #isClosed = false;
  /** The connection that is open. */
  #session: StreamSession | undefined;
  /** When the last connection was attempted, in ms since the epoch. */
  #attemptedAt = 0;
  /** The wait before a reconnection that a `retry:` field asked for, in ms. */
  #retryFloor = 0;
  /** When the next attempt is due, in ms since the epoch; `undefined` while one is made, or the connection is open. */
  #retryAt: number | undefined;
  #cancelRetry: CancelTimer | undefined;
  /** Cancels the fetch of the first flags; `undefined` when it was made, or a `sync` has come. */
  #cancelFirstFetch: CancelTimer | undefined;
  /** Cancels the start of polling because nothing confirms the flags, while the stream is not in sync. */
  #cancelUnconfirmed: CancelTimer | undefined;
  /** Cancels the report of an end that may be routine. */
  #cancelReport: CancelTimer | undefined;

  constructor(context: DataSourceContext, { pollInterval, pollAfterFailures }: StreamSourceOptions) {
    this.#context = context;
    this.#pollAfterFailures = pollAfterFailures;
    this.#reporter = createOutageReporter(context);
    this.#backoff = createBackoff(context.scheduler);
    const { sink, shared } = context;
    this.#updater = new FlagUpdater({ ...context, sink: shared?.follow(sink) ?? sink }, {
      reporter: this.#reporter,
      maxAge: pollInterval,
      onFetched: () => {
        if (this.#isCurrent()) this.#reporter.reportRecovery();
      },
    });
    this.#fallback = new PollingFallback(context, {
      pollInterval,
      poll: () => this.#updater.poll(),
      onStart: () => this.#spaceAttempts(),
    });
  }

  start(): void {
    const { scheduler, shared } = this.#context;
    // A start costs one request: the snapshot is fetched only when no sync comes, or the stream fails (contract §4).
    this.#cancelFirstFetch = afterWallTime(scheduler, SYNC_WAIT_MS, () => this.#fetchFirst());
    this.#pollIfUnconfirmed();
    // A snapshot of the store serves until the stream's sync.
    if (shared !== undefined) void this.#updater.readStore();
    void this.#connect();
  }

  refresh(): Promise<void> {
    return this.#updater.refresh();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelFirstFetch?.();
    this.#cancelUnconfirmed?.();
    this.#cancelReport?.();
    this.#cancelRetry?.();
    this.#fallback.close();
    this.#updater.close();
    this.#session?.end();
  }

  /** Whether the stream is in sync and every announced change has been applied. */
  #isCurrent(): boolean {
    return this.#session?.isSynced === true && this.#updater.isClean;
  }

  /** Fetches the first flags, unless that has been done or a `sync` has brought them. */
  #fetchFirst(): void {
    if (this.#cancelFirstFetch === undefined) return;
    this.#cancelFirstFetch();
    this.#cancelFirstFetch = undefined;
    this.#updater.refetch(0);
  }

  async #connect(): Promise<void> {
    this.#retryAt = undefined;
    this.#attemptedAt = this.#context.scheduler.now();
    try {
      const connection = await this.#context.http.openStream({ lastVersion: this.#updater.newestVersion });
      if (this.#isClosed) return connection.close();
      this.#session = new StreamSession(connection, this.#context.scheduler, {
        onEvent: (type, data) => this.#receive(type, data),
        onRetry: (delay) => this.#retryFloor = delay,
        onCheck: () => this.#pollIfUnconfirmed(),
      });
      await this.#session.run();
    } catch (error) {
      if (!this.#isClosed) this.#end(toFailure(error));
    }
  }

  #receive(type: string, data: string): void {
    let event: StreamEvent | null;
    try {
      event = decodeStreamEvent(type, data, this.#reporter.warn, this.#updater.heldText);
    } catch (error) {
      // A sync that can't be read is a failure of the connection.
      if (type === "sync") throw error;
      // The change that this event announced is in the snapshot too.
      this.#reporter.reportFailure(toFailure(error));
      return this.#updater.refetch();
    }
    switch (event?.type) {
      case "sync":
        this.#cancelFirstFetch?.();
        this.#cancelFirstFetch = undefined;
        this.#cancelUnconfirmed?.();
        this.#cancelReport?.();
        this.#session?.confirmSync();
        // Failures are counted from the last applied sync, not from the last connection that merely opened.
        this.#backoff.reset();
        this.#fallback.stop();
        this.#updater.sync(event.snapshot, data);
        return this.#reporter.reportRecovery();
      case "flag":
        return this.#updater.receiveFlag(event.key, event.version, event.flag);
      case "segment":
        return this.#updater.receiveSegment(event.key, event.version, event.segment);
      case "unnamed":
        return this.#updater.refetch();
      case "ping":
        return this.#receivePing();
    }
  }

  /** A ping confirms the flags, unless an announced change is missing (contract §6.2). */
  #receivePing(): void {
    if (!this.#isCurrent()) return this.#pollIfUnconfirmed();
    this.#updater.confirm();
    // Polling may have started because changes could not be fetched for a minute.
    this.#fallback.stop();
  }

  /** The stream has ended, or could not be opened. */
  #end(failure: FeatureflipError): void {
    const { logger, scheduler } = this.#context;
    const isRoutine = this.#session?.hasEndedRoutinely === true;
    this.#session = undefined;
    if (isRoutine) {
      // Usually the first attempt brings the stream back, and there is no outage.
      logger.debug(`Flag stream reconnecting: ${failure.message}`);
      this.#cancelReport = afterWallTime(scheduler, QUIET_RECONNECT_MS, () => {
        this.#reporter.reportFailure(failure);
      });
    } else {
      this.#cancelReport?.();
      this.#reporter.reportFailure(failure);
    }
    // A listener may have closed the client.
    if (!this.#isClosed) this.#retry(failure);
  }

  #retry(failure: FeatureflipError): void {
    const isRejected = isKeyRejected(failure);
    if (isRejected) {
      this.#updater.pause();
      this.#fallback.suspend();
      this.#cancelUnconfirmed?.();
    } else {
      this.#updater.resume();
      this.#fetchFirst();
    }
    const interval = this.#fallback.isPolling ? this.#drawInterval() : 0;
    this.#connectAfter(this.#backoff.next(failure, { floor: Math.max(this.#retryFloor, interval) }));
    if (isRejected) return;
    const { failures } = this.#backoff;
    // After a sleep nothing has confirmed the flags for a minute: the first attempt gets some time to do so before polling.
    const left = UNCONFIRMED_MS - this.#updater.unconfirmedFor();
    this.#watchConfirmation(failures > 1 ? left : Math.max(left, QUIET_RECONNECT_MS));
    if (failures >= this.#pollAfterFailures) this.#fallback.start(`${failures} stream failures in a row`);
  }

  #connectAfter(wait: number): void {
    this.#cancelRetry?.();
    this.#retryAt = this.#context.scheduler.now() + wait;
    this.#cancelRetry = afterWallTime(this.#context.scheduler, wait, () => void this.#connect());
  }

  /** Polling has started: from here on stream attempts are a minute apart, the next one included. */
  #spaceAttempts(): void {
    if (this.#retryAt === undefined) return;
    const { scheduler } = this.#context;
    const wait = this.#drawInterval();
    if (this.#retryAt - scheduler.now() < wait) this.#connectAfter(wait);
  }

  /** Draws what is left of an interval since the last attempt, in ms: up to 90 s, so that a fleet spreads out. */
  #drawInterval(): number {
    const { scheduler } = this.#context;
    const passed = Math.max(0, scheduler.now() - this.#attemptedAt);
    return Math.max(0, STREAM_ATTEMPT_INTERVAL_MS * (1 + scheduler.random() / 2) - passed);
  }

  /** Checks after `wait` ms whether the flags have been confirmed. */
  #watchConfirmation(wait: number): void {
    this.#cancelUnconfirmed?.();
    const { scheduler } = this.#context;
    // At least 1 ms: the clock may lose a fraction of it, and the check would then repeat without end.
    this.#cancelUnconfirmed = afterWallTime(scheduler, Math.max(1, wait), () => this.#pollIfUnconfirmed());
  }

  /** Starts polling when nothing has confirmed the flags for a minute; otherwise checks again when that may be so. */
  #pollIfUnconfirmed(): void {
    const left = UNCONFIRMED_MS - this.#updater.unconfirmedFor();
    // A sync that takes its time on a slow line would only be slower beside polls.
    if (this.#session?.isReceivingSync) return this.#watchConfirmation(SYNC_TIMEOUT_MS);
    if (left <= 0) {
      return this.#fallback.start(`nothing has confirmed the flags for ${UNCONFIRMED_MS / 1000} s`);
    }
    if (!this.#session?.isSynced) this.#watchConfirmation(left);
  }
}
