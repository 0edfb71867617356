import { decodeStreamEvent } from "../contract/stream-event.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import type { StreamConnection } from "../http/http-client.ts";
import { HttpError } from "../http/http-error.ts";
import { MAX_SERVER_DELAY_MS } from "../http/retry-after.ts";
import type { CancelTimer } from "../runtime/scheduler.ts";
import { afterWallTime } from "./after-wall-time.ts";
import { asFailure } from "./as-failure.ts";
import { createBackoff } from "./backoff.ts";
import type { DataSourceContext, DataSourceOptions } from "./create-data-source.ts";
import type { DataSource } from "./data-source.ts";
import { readEventStream } from "./event-stream.ts";
import { createFlagUpdater } from "./flag-updater.ts";
import { createOutageLog } from "./outage-log.ts";
import { createPoller } from "./poller.ts";
import { createRefusalLog } from "./refusal-log.ts";
import { warnOnce } from "./warn-once.ts";

/** How long a start waits for the stream's `sync` before it spends a second request (contract §4). */
const LOAD_AFTER_MS = 2000;

/**
 * Three pings: a connection that said nothing for so long is dead, whatever its socket says (contract §4). Bytes that make
 * no whole event or comment say nothing; and one that has not begun with a `sync` by then is no use, whatever it says.
 */
const LIVENESS_MS = 90_000;

/**
 * Keeps flags current by the event stream: for ever, with polling beside it while it fails (contract §4). What it learns
 * goes through the updater, which keeps it in order.
 */
export function createStreamSource(
  context: DataSourceContext,
  { pollInterval, maxStreamRetries }: Pick<DataSourceOptions, "pollInterval" | "maxStreamRetries">,
): DataSource {
  const { http, sink, scheduler, logger } = context;
  const outage = createOutageLog(logger, sink);
  const warn = warnOnce(logger);
  const logRefusal = createRefusalLog(logger);
  const backoff = createBackoff(scheduler);
  const updater = createFlagUpdater({
    ...context,
    warn,
    maxAge: pollInterval,
    onFetched() {
      loaded = true;
      if (synced && updater.isClean()) outage.recovered();
    },
    onFailed(error) {
      if (!synced || !updater.isClean()) return outage.failed(error);
      // A refresh() that fails beside a healthy stream is its caller's affair.
      sink.fail(error);
      logRefusal(error);
    },
  });
  const poller = createPoller({
    scheduler,
    interval: pollInterval,
    poll: () => updater.fetchSnapshot("poll"),
    isLoaded: () => sink.hasSnapshot(),
  });
  /** Whether anything has come from the service since the start. */
  let loaded = false;
  /** Whether the connection that is open has brought its `sync`. */
  let synced = false;
  let polling = false;
  let closed = false;
  /** What a `retry:` field asked for. */
  let asked = 0;
  let cancelTimer: CancelTimer | undefined;
  let cancelLoad: CancelTimer | undefined;
  /** Ends the connection that is open. */
  let drop: ((reason: HttpError) => void) | undefined;

  async function connect(): Promise<void> {
    try {
      await follow(await http.openStream());
    } catch (error) {
      if (!closed) retry(asFailure(error));
    }
  }

  /** Reads a connection until it ends, which it always does by a failure. */
  function follow(connection: StreamConnection): Promise<never> {
    return new Promise((_, reject) => {
      let heardAt = scheduler.now();
      let heard = true;
      let alive = true;
      let cancelWatch: CancelTimer;

      function hear(): void {
        heardAt = scheduler.now();
        heard = true;
      }

      /** Looks up once in a while instead of setting a timer for every event. */
      function watch(delay: number): void {
        cancelWatch = afterWallTime(scheduler, delay, () => {
          const rest = LIVENESS_MS - (scheduler.now() - heardAt);
          if (!heard || rest <= 0) return end(silent());
          if (!synced) return end(notSynced());
          heard = false;
          watch(Math.min(rest, LIVENESS_MS)); // more only when the clock was set back
        });
      }

      function end(reason: unknown): void {
        if (!alive) return;
        alive = synced = false;
        cancelWatch();
        events.cancel();
        connection.close();
        reject(reason);
      }

      const events = readEventStream(connection.body, {
        onBytes() {
          // What comes after such a silence has lain in a socket while we slept, or follows on updates that were lost.
          if (scheduler.now() - heardAt >= LIVENESS_MS) throw silent();
        },
        onComment: hear,
        onEvent(type, data) {
          if (!alive) return;
          hear();
          receive(type, data);
        },
        onRetry(delay) {
          asked = Math.min(delay, MAX_SERVER_DELAY_MS);
        },
      });
      watch(LIVENESS_MS);
      drop = end;
      events.ended.then(() => end(new HttpError("The service ended the stream")), end);
      if (closed) end(new HttpError("The client is closed"));
    });
  }

  function receive(type: string, data: string): void {
    let event;
    try {
      event = decodeStreamEvent(type, data, warn);
    } catch (error) {
      if (type === "sync") throw error;
      // Whatever it wanted to say, a snapshot says it too.
      outage.failed(asFailure(error));
      return updater.refetch();
    }
    switch (event?.type) {
      case "sync":
        cancelLoad?.();
        loaded = synced = true;
        backoff.reset();
        stopPolling();
        updater.sync(event.snapshot);
        updater.share(data);
        outage.recovered();
        break;
      case "flag-changed":
        updater.changed(event.key, event.version, event.flag);
        break;
      case "flag-deleted":
        updater.deleted(event.key);
        break;
      case "segment-changed":
        updater.refetch();
        break;
      case "ping":
        if (synced && updater.isClean()) sink.confirm();
    }
  }

  function retry(failure: FeatureflipError): void {
    const rejected = failure instanceof HttpError && failure.keyRejected;
    outage.failed(failure);
    cancelLoad?.();
    const delay = backoff.next(failure, { floor: asked });
    cancelTimer = afterWallTime(scheduler, delay, connect);
    if (rejected) {
      updater.pause();
      poller.stop();
    } else {
      updater.resume();
      if (!loaded) updater.refetch(0);
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
      cancelLoad = afterWallTime(scheduler, LOAD_AFTER_MS, () => updater.refetch(0));
      // What other processes know serves until the stream's first word.
      if (context.shared !== undefined) void updater.readStore();
      void connect();
    },
    async refresh() {
      // What a sync overtook may be older than this call, and so may the sync.
      while (!(await updater.fetchSnapshot("fetch")));
    },
    close() {
      closed = true;
      cancelLoad?.();
      cancelTimer?.();
      poller.stop();
      updater.close();
      drop?.(new HttpError("The client is closed"));
    },
  };
}

function silent(): HttpError {
  return new HttpError(`The stream was silent for ${LIVENESS_MS / 1000} s: it is taken for dead`);
}

function notSynced(): HttpError {
  return new HttpError(`The stream brought no sync within ${LIVENESS_MS / 1000} s`);
}
