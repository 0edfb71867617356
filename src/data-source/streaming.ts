import { LIVENESS_MS, MAX_SERVER_DELAY_MS, SYNC_WAIT_MS } from "../contract/limits.ts";
import { decodeStreamEvent } from "../contract/stream-event.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import type { StreamConnection } from "../http/http-client.ts";
import { HttpError, isKeyRejected } from "../http/http-error.ts";
import type { CancelTimer } from "../runtime/scheduler.ts";
import { createBackoff } from "./backoff.ts";
import type { DataSourceContext, DataSourceOptions } from "./create.ts";
import type { DataSource } from "./data-source.ts";
import { createFlagUpdater } from "./flag-updater.ts";
import { asFailure, createSourceLog } from "./outage-reporter.ts";
import { createPoller } from "./polling.ts";
import { readEventStream } from "./sse-reader.ts";
import { afterWallTime } from "./wall-clock-timeout.ts";

/** So many bytes of an event that is not whole yet count as much: a large one may take its time on a slow line. */
const PROGRESS_BYTES = 64 * 2 ** 10;

/**
 * Keeps flags current by the event stream: for ever, with polling beside it while it fails (contract §4). What it learns
 * goes through the updater, which keeps it in order.
 */
export function createStreamSource(
  context: DataSourceContext,
  { pollInterval, maxStreamRetries }: Pick<DataSourceOptions, "pollInterval" | "maxStreamRetries">,
): DataSource {
  const { http, sink, scheduler, logger, shared } = context;
  const log = createSourceLog(context);
  const backoff = createBackoff(scheduler);
  const updater = createFlagUpdater(context, { log, maxAge: pollInterval, onFetched: recover });
  const poller = createPoller(context, pollInterval, updater.poll);
  /** Whether the connection that is open has brought its `sync`. */
  let synced = false;
  let polling = false;
  let closed = false;
  /** What a `retry:` field asked for. */
  let asked = 0;
  let cancelRetry: CancelTimer | undefined;
  /** Takes back the request for the first flags, which is made unless a `sync` comes. */
  let cancelLoad: CancelTimer | undefined;
  /** Ends the connection that is open. */
  let drop: (() => void) | undefined;

  function recover(): void {
    if (synced && updater.isClean()) log.recovered();
  }

  /** Fetches the first flags, unless that has been done, or a `sync` has brought them. */
  function load(): void {
    if (cancelLoad === undefined) return;
    cancelLoad();
    cancelLoad = undefined;
    updater.refetch(0);
  }

  async function connect(): Promise<void> {
    try {
      await follow(await http.openStream());
    } catch (error) {
      if (!closed) retry(asFailure(error));
    }
  }

  /** Reads a connection until it ends, which it always does by a failure. */
  async function follow({ body, close }: StreamConnection): Promise<never> {
    let silence: HttpError | undefined;
    let heardAt: number;
    let progress: number;
    let cancelWatch: CancelTimer | undefined;

    function hear(): void {
      heardAt = scheduler.now();
      progress = 0;
      cancelWatch?.();
      cancelWatch = afterWallTime(scheduler, LIVENESS_MS, () => {
        silence = silent(synced);
        stream.cancel();
      });
    }

    const stream = readEventStream(body, {
      onBytes(count) {
        // What comes after such a silence has lain in a socket while we slept, or follows on updates that were lost.
        if (scheduler.now() - heardAt >= LIVENESS_MS) throw silent(synced);
        progress += count;
        if (progress >= PROGRESS_BYTES) hear();
      },
      onComment() {
        if (synced) hear();
      },
      onEvent(type, data) {
        if (closed) return;
        receive(type, data);
        if (synced) hear();
      },
      onRetry(delay) {
        asked = Math.min(delay, MAX_SERVER_DELAY_MS);
      },
    });
    hear();
    drop = stream.cancel;
    if (closed) drop();
    try {
      await stream.ended;
    } finally {
      synced = false;
      cancelWatch?.();
      stream.cancel();
      close();
    }
    throw silence ?? new HttpError("The service ended the stream");
  }

  function receive(type: string, data: string): void {
    let event;
    try {
      event = decodeStreamEvent(type, data, log.warn);
    } catch (error) {
      if (type === "sync") throw error;
      // Whatever it wanted to say, a snapshot says it too.
      log.failed(asFailure(error));
      return updater.refetch();
    }
    switch (event?.type) {
      case "sync":
        cancelLoad?.();
        cancelLoad = undefined;
        synced = true;
        backoff.reset();
        stopPolling();
        updater.sync(event.snapshot);
        void shared?.write({ fetchedAt: scheduler.now(), etag: undefined, body: data });
        log.recovered();
        break;
      case "flag-changed":
        if (event.flag === null) updater.refetchFlag(event.key, event.version);
        else updater.learn(event.key, event.flag);
        break;
      case "flag-deleted":
        updater.learn(event.key, null);
        break;
      case "segment-changed":
        updater.refetch();
        break;
      case "ping":
        if (synced && updater.isClean()) sink.confirm();
    }
  }

  function retry(failure: FeatureflipError): void {
    log.failed(failure);
    cancelRetry = afterWallTime(scheduler, backoff.next(failure, { floor: asked }), connect);
    if (isKeyRejected(failure)) {
      updater.pause();
      poller.stop();
    } else {
      updater.resume();
      load();
      if (backoff.failures >= maxStreamRetries) startPolling();
    }
  }

  function startPolling(): void {
    poller.start();
    if (polling) return;
    polling = true;
    const reason = `the stream failed ${backoff.failures} times in a row`;
    logger.warn(`Flags are polled every ${pollInterval} ms until the stream is back, since ${reason}`);
    sink.modeChanged("polling", reason);
  }

  function stopPolling(): void {
    poller.stop();
    if (!polling) return;
    polling = false;
    sink.modeChanged("streaming");
  }

  return {
    mode: "streaming",
    start() {
      cancelLoad = afterWallTime(scheduler, SYNC_WAIT_MS, load);
      // What other processes know serves until the stream's first word.
      if (shared !== undefined) void updater.readStore();
      void connect();
    },
    refresh: updater.refresh,
    close() {
      closed = true;
      cancelLoad?.();
      cancelRetry?.();
      poller.stop();
      updater.close();
      drop?.();
    },
  };
}

function silent(synced: boolean): HttpError {
  const what = synced ? "was silent" : "brought no sync";
  return new HttpError(`The stream ${what} for ${LIVENESS_MS / 1000} s: it is taken for dead`);
}
