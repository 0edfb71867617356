import { SYNC_WAIT_MS } from "../contract/limits.ts";
import { decodeStreamEvent } from "../contract/stream-event.ts";
import type { StreamEvent } from "../contract/stream-event.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { isKeyRejected } from "../errors/request-error.ts";
import type { CancelTimer } from "../runtime/scheduler.ts";
import { createBackoff } from "./backoff.ts";
import type { Backoff } from "./backoff.ts";
import type { DataSource, DataSourceContext, DataSourceOptions } from "./data-source.ts";
import { FlagUpdater } from "./flag-updater.ts";
import { createOutageReporter, toFailure } from "./outage-reporter.ts";
import type { OutageReporter } from "./outage-reporter.ts";
import { PollingFallback } from "./polling-fallback.ts";
import { StreamSession } from "./stream-session.ts";
import { afterWallTime } from "./wall-clock-timeout.ts";

/** Options of a stream source; times in ms. */
export type StreamSourceOptions = Pick<DataSourceOptions, "pollInterval" | "pollAfterFailures">;

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
  #status: "open" | "closed" = "open";
  /** The connection that is open. */
  #session: StreamSession | undefined;
  /** The wait before a reconnection that a `retry:` field asked for, in ms. */
  #retryFloor = 0;
  #cancelRetry: CancelTimer | undefined;
  /** Cancels the fetch of the first flags, which is made unless a `sync` comes. */
  #cancelFirstFetch: CancelTimer | undefined;

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
    this.#fallback = new PollingFallback(context, pollInterval, () => this.#updater.poll());
  }

  start(): void {
    const { scheduler, shared } = this.#context;
    // A start costs one request: the snapshot is fetched only when no sync comes, or the stream fails (contract §4).
    this.#cancelFirstFetch = afterWallTime(scheduler, SYNC_WAIT_MS, () => this.#fetchFirst());
    // A snapshot of the store serves until the stream's sync.
    if (shared !== undefined) void this.#updater.readStore();
    void this.#connect();
  }

  refresh(): Promise<void> {
    return this.#updater.refresh();
  }

  close(): void {
    this.#status = "closed";
    this.#cancelFirstFetch?.();
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
    try {
      const connection = await this.#context.http.openStream();
      if (this.#status === "closed") return connection.close();
      this.#session = new StreamSession(connection, this.#context.scheduler, {
        onEvent: (type, data) => this.#receive(type, data),
        onRetry: (delay) => this.#retryFloor = delay,
      });
      await this.#session.run();
    } catch (error) {
      this.#session = undefined;
      if (this.#status === "open") this.#retry(toFailure(error));
    }
  }

  #receive(type: string, data: string): void {
    let event: StreamEvent | null;
    try {
      event = decodeStreamEvent(type, data, this.#reporter.warn);
    } catch (error) {
      // A sync that can't be read is a failure of the connection.
      if (type === "sync") throw error;
      // The change that this event announced is in the snapshot too.
      this.#reporter.reportFailure(toFailure(error));
      return this.#updater.refetch();
    }
    if (event !== null) this.#apply(event);
  }

  #apply(event: StreamEvent): void {
    const { sink } = this.#context;
    switch (event.type) {
      case "sync":
        this.#cancelFirstFetch?.();
        this.#cancelFirstFetch = undefined;
        this.#session?.confirmSync();
        // Failures are counted from the last applied sync, not from the last connection that merely opened.
        this.#backoff.reset();
        this.#fallback.stop();
        this.#updater.sync(event.snapshot);
        return this.#reporter.reportRecovery();
      case "flag-changed":
        if (event.flag === null) return this.#updater.refetchFlag(event.key, event.version);
        return this.#updater.apply(event.key, event.flag);
      case "flag-deleted":
        return this.#updater.apply(event.key, null);
      case "segment-changed":
        if (event.segment !== null) return this.#updater.applySegment(event.segment);
        if (event.key !== undefined) return this.#updater.refetchSegment(event.key, event.version);
        return this.#updater.refetch();
      case "ping":
        if (this.#isCurrent()) sink.confirm();
    }
  }

  #retry(failure: FeatureflipError): void {
    const { scheduler } = this.#context;
    this.#reporter.reportFailure(failure);
    const wait = this.#backoff.next(failure, { floor: this.#retryFloor });
    this.#cancelRetry = afterWallTime(scheduler, wait, () => void this.#connect());
    if (isKeyRejected(failure)) {
      this.#updater.pause();
      return this.#fallback.suspend();
    }
    this.#updater.resume();
    this.#fetchFirst();
    if (this.#backoff.failures >= this.#pollAfterFailures) this.#fallback.start(this.#backoff.failures);
  }
}
