import type { TimeoutOptions } from "../../client/core.ts";
import { CATCH_UP_MS, CLOSE_TIMEOUT_MS } from "../../contract/limits.ts";
import { createDataSource } from "../../data-source/create.ts";
import type { DataSource } from "../../data-source/data-source.ts";
import { checkOption, timeoutOf, timeRule } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { messageOf } from "../../errors/format.ts";
import { createHttpClient } from "../../http/http-client.ts";
import { detectRuntime } from "../../runtime/detect-runtime.ts";
import type { Logger } from "../../runtime/logger.ts";
import { warnOnce } from "../../runtime/once.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { withTimeout } from "../../runtime/scheduler.ts";
import type { CancelTimer, Scheduler } from "../../runtime/scheduler.ts";
import { createServiceLoader } from "../../shared-store/snapshot-loader.ts";
import type { SnapshotLoader } from "../../shared-store/snapshot-loader.ts";
import { FlagSet } from "../../store/flag-set.ts";
import { VERSION } from "../../version.ts";
import { EventStreams, warnOfSlowReaders } from "../api/event-streams.ts";
import { createApp } from "../api/sdk-routes.ts";
import { warnOfSeconds } from "../http/check-options.ts";
import { problem } from "../http/problem.ts";
import { RequestShares } from "../http/request-bounds.ts";
import { ServerSource } from "../ofrep/flag-source.ts";
import { OfrepHandler } from "../ofrep/handler.ts";
import { resolveRelayOptions } from "./options.ts";
import type { RelayOptions, RelayStatus } from "./options.ts";
import { createMetrics } from "./metrics.ts";
import { RelayedEvents } from "./relayed-events.ts";
import { RelayedFlags } from "./relayed-flags.ts";

/** A relay, as {@linkcode createRelay} returns it. It is not for implementing: a minor version may add members. */
export interface Relay {
  /**
   * Answers one request. It works without `this`: pass it to `Deno.serve` or `Bun.serve`, or the relay to `serve`. What hosts
   * pass as the second argument tells the caller's address.
   */
  readonly fetch: (request: Request, host?: object) => Promise<Response>;
  /** The status of the relay at this moment. */
  readonly status: RelayStatus;
  /**
   * Prepares the end of a relay behind a load balancer: `GET /ready` answers 503 from now on, and so do new streams. The open
   * ones are ended one after another, in `duration` ms; each tells its client how long to wait before it reconnects.
   */
  drain(duration: number): Promise<void>;
  /**
   * Ends all streams and the connection to the service, and makes a last attempt to send the waiting events. Accepts no
   * more events.
   *
   * @param options `timeout` in ms for the events; 5,000 by default.
   */
  close(options?: TimeoutOptions): Promise<void>;
  /** Like {@linkcode close}: for `await using relay = …`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates a relay. The processes of a fleet, in any language, connect to it instead of the service, which then has one
 * client.
 *
 * It speaks the service's wire (contract §1, §4, §5) and has keys of its own. Flags arrive by one stream and are passed on
 * to all clients; events are merged and sent on. While the service is unreachable, the last flags are served, and neither
 * a ping nor `GET /health` claims that they are current. Before the first flags have arrived, requests are answered 503.
 *
 * @throws {ConfigurationError} when an option is missing, unknown or out of range, and on request-scoped runtimes (Workers,
 * Vercel Edge), where no stream outlives a request.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { createEvaluationApi, createRelay, serve } from "@featureflip/sdk/server";
 *
 * const service = await serve(createEvaluationApi({ sdkKeys: ["sdk-service"], environment: { flags: [] } }));
 * const relay = createRelay({
 *   upstream: { sdkKey: "sdk-service", baseUrl: service.url },
 *   sdkKeys: ["relay-web", "relay-jobs"],
 * });
 * const server = await serve(relay);
 *
 * const client = await FeatureflipClient.create({ sdkKey: "relay-web", baseUrl: server.url });
 * console.log(client.boolVariation("dark-mode", {}, false), relay.status.openStreams); // false 1
 *
 * await client.close();
 * await server.close();
 * await service.close();
 * ```
 */
export function createRelay(options: RelayOptions): Relay {
  return createRelayOn(detectRuntime(), options);
}

/** Creates a relay on a given runtime, so that tests can pass a clock. `mod.ts` does not export it. */
export function createRelayOn(runtime: Runtime, options: RelayOptions): Relay {
  const resolved = resolveRelayOptions(options, runtime);
  const { upstream, sdkKeys, logger, hosts, maxBodyBytes, maxWaitingEvents, metricsToken } = resolved;
  requireBackground(runtime);
  const { scheduler } = runtime;
  const http = createHttpClient({ ...upstream, scheduler, logger, runtime, version: VERSION });
  const streams = new EventStreams({
    ...resolved,
    scheduler,
    isCurrent: () => flags.isCurrent,
    onSlowReaders: warnOfSlowReaders(logger),
  });
  const shares = new RequestShares(sdkKeys.length, resolved.maxRequestsPerMinute, () => scheduler.now());
  const flags = new RelayedFlags({
    ...upstream,
    scheduler,
    warn: warnOnce(logger.warn),
    announce(event, data) {
      streams.send(event, data);
      ofrepSource.changed();
    },
    onVersionInDoubt: () => versionCheck.start(),
  });
  const events = new RelayedEvents({
    ...upstream,
    http,
    scheduler,
    logger,
    hasBackground: true,
    // The last queue is that of all client keys.
    keyCount: sdkKeys.length + (resolved.ofrep === undefined ? 0 : 1),
    maxWaitingEvents,
  });
  const source = createDataSource({ http, sink: flags.store, scheduler, logger, runtime }, {
    ...upstream,
    mode: upstream.mode === "polling" ? "polling" : "streaming",
  });
  const versionCheck = createVersionCheck(flags, createServiceLoader(http, warnOnce(logger.warn)), scheduler);
  flags.store.modeChanged(source.mode);
  const ofrepSource = new ServerSource({
    flags: () => flags.store.flags,
    scheduler,
    sdkKey: upstream.sdkKey,
    warn: warnOnce(logger.warn),
    refresh: () => source.refresh(),
    takeEvent: (event) => events.offer(sdkKeys.length, event),
  });
  const ofrep = resolved.ofrep && new OfrepHandler(ofrepSource, resolved.ofrep);
  const status = (): RelayStatus => ({
    upstream: closed === undefined ? flags.status : { state: "NOT_READY", mode: flags.status.mode },
    openStreams: streams.size,
    events: events.counters,
    eventsByKey: events.countersByKey.slice(0, sdkKeys.length),
  });
  const app = createApp({
    flags,
    streams,
    admitEvents: (key, bytes) => events.admit(key, bytes),
    takeEvents: (key, body) => events.take(key, body),
    health: (isOperator) => toHealth(status(), isOperator),
    isReady: () => flags.body !== undefined && !streams.isDraining,
    catchUp: createCatchUp(flags, source, scheduler),
    metrics: createMetrics(sdkKeys, () => ({
      status: status(),
      streams,
      requests: shares.counts,
      refusedEventRequests: events.refusedRequests,
    })),
    shares,
    ofrep,
    sdkKeys,
    metricsToken,
    hosts,
    maxBodyBytes,
    logger,
    scheduler,
  });
  let closed: Promise<void> | undefined;
  queueMicrotask(() => {
    // Whoever creates a relay, it belongs to no request (contract §6).
    scheduler.detach(() => {
      if (closed === undefined) source.start();
    });
  });

  return {
    async fetch(request, host) {
      if (closed !== undefined) return problem(503, "The relay is closed", { "retry-after": "1" });
      return await app.fetch(request, host);
    },
    get status() {
      return status();
    },
    async drain(duration) {
      await streams.drain(checkOption("drain relay", "duration", duration, timeRule(0, 0)));
    },
    close(options) {
      const timeout = closeTimeoutOf(options, logger) ?? CLOSE_TIMEOUT_MS;
      if (closed === undefined) return closed = end(timeout);
      // As of a client: a second signal does not wait as long as the first.
      return withTimeout(closed, timeout, scheduler, () => {});
    },
    async [Symbol.asyncDispose]() {
      await (closed ??= end(CLOSE_TIMEOUT_MS));
    },
  };

  async function end(timeout: number): Promise<void> {
    source.close();
    versionCheck.cancel();
    streams.close();
    ofrep?.close();
    await events.close(timeout);
    http.close();
  }
}

/** As of a client: a wrong timeout is logged, and the relay closes (contract §6). */
function closeTimeoutOf(options: TimeoutOptions | undefined, logger: Logger): number | undefined {
  try {
    const timeout = timeoutOf("close relay", options, 0);
    if (timeout !== undefined) warnOfSeconds(logger, { timeout });
    return timeout;
  } catch (error) {
    logger.warn(`${messageOf(error)}; closing with the default timeout`);
    return undefined;
  }
}

/** @throws {ConfigurationError} on a runtime where a relay cannot work. */
function requireBackground(runtime: Runtime): void {
  if (!runtime.hasBackground) {
    throw new ConfigurationError(
      "options",
      `Cannot create relay: it needs timers and sockets that outlive a request, which ${runtime.name} does not offer. ` +
        "Share snapshots there with option 'store'",
    );
  }
}

/** A refresh that finds nothing newer counts for this long, in ms: clients cannot make a relay ask the service more often. */
const REFRESH_INTERVAL_MS = 1_000;

/**
 * Creates the function that brings a relay up to a version that a client holds (contract §4): the relay may have lost the
 * service without noticing it yet. What the service then answers is served, whatever its version.
 */
function createCatchUp(
  flags: RelayedFlags,
  source: DataSource,
  scheduler: Scheduler,
): (version: number) => Promise<boolean> {
  let refreshing: Promise<boolean> | undefined;
  let startedAt = -Infinity;
  /** The highest version that the service turned out not to have, at the last refresh. */
  let refuted = -Infinity;
  return async (version) => {
    if (version <= flags.newestVersion) return true;
    if (refreshing === undefined) {
      if (Math.abs(scheduler.now() - startedAt) < REFRESH_INTERVAL_MS) return version <= refuted;
      startedAt = scheduler.now();
      refuted = -Infinity;
      refreshing = source.refresh().then(() => true, () => false).finally(() => refreshing = undefined);
    }
    const isCurrent = await withTimeout(refreshing, CATCH_UP_MS, scheduler, () => false);
    if (isCurrent) refuted = Math.max(refuted, version);
    return isCurrent;
  };
}

/** How long after a change its version is asked for, in ms: further changes are covered, and replicas of the service have it. */
const VERSION_CHECK_MS = 10_000;

/**
 * Creates the function that asks the service for the version of the flags that the relay has. It differs between relays when
 * a deletion or two edits in one second did not tell it, or when the service numbers flags and snapshots by themselves.
 */
function createVersionCheck(
  flags: RelayedFlags,
  loader: SnapshotLoader,
  scheduler: Scheduler,
): { start(): void; cancel(): void } {
  let cancel: CancelTimer | undefined;
  const check = async (): Promise<void> => {
    cancel = undefined;
    // Nothing depends on it: after a failure the next change asks again.
    const answer = await loader.load({ etag: undefined }).catch(() => undefined);
    if (answer?.snapshot !== undefined) flags.confirmVersion(FlagSet.of(answer.snapshot, () => {}));
  };
  return {
    start() {
      cancel ??= scheduler.after(VERSION_CHECK_MS, () => void check());
    },
    cancel: () => cancel?.(),
  };
}

/** What an operator sees: no error, since its text may name internal hosts. 503 while there are no flags. */
function toHealth({ upstream, openStreams, events }: RelayStatus, isOperator: boolean): Response {
  const { lastError: _, ...shown } = upstream;
  const isServing = shown.age !== undefined;
  const status = isServing ? shown.state === "READY" ? "ok" : "stale" : "starting";
  const body = isOperator ? { status, upstream: shown, openStreams, events } : { status };
  return Response.json(body, isServing ? {} : { status: 503, headers: { "retry-after": "1" } });
}
