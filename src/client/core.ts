import type { Flag } from "../contract/flag.ts";
import { CLOSE_TIMEOUT_MS, REQUEST_DEADLINE_MS } from "../contract/limits.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { createDataSource } from "../data-source/create.ts";
import { messageOf } from "../errors/format.ts";
import { InitializationError } from "../errors/initialization-error.ts";
import { createEventProcessor, NO_EVENTS } from "../events/event-processor.ts";
import type { EventProcessor } from "../events/event-processor.ts";
import { createHttpClient } from "../http/http-client.ts";
import { isKeyRejected } from "../http/http-error.ts";
import { redactKey, withoutKey } from "../http/redact.ts";
import type { Logger } from "../runtime/logger.ts";
import { createOnce, warnOnce } from "../runtime/once.ts";
import type { Once } from "../runtime/once.ts";
import type { Runtime, WaitUntil } from "../runtime/runtime.ts";
import { withTimeout } from "../runtime/scheduler.ts";
import { createGuardedStore } from "../shared-store/guarded-store.ts";
import { changedKeys } from "../store/changed-keys.ts";
import type { FlagSet } from "../store/flag-set.ts";
import { FlagState } from "../store/flag-state.ts";
import { VERSION } from "../version.ts";
import { ShareSet } from "./attachments.ts";
import type { Share, Ticket } from "./attachments.ts";
import { loadBootstrap, readBootstrap } from "./bootstrap.ts";
import type { CoreOptions } from "./resolve-options.ts";
import type { ClientStatus } from "./status.ts";
import { createWaiters } from "./waiters.ts";

const EMPTY_SNAPSHOT: Snapshot = { environment: "", version: 0, flags: [], segments: [] };

/**
 * Makes a core without starting anything.
 *
 * @param firstLogger Of the handle it is made for, which can't be attached yet: told what is odd about the bootstrap.
 * @param onEnd Told when the last handle has gone and took the core along.
 * @throws {ConfigurationError} when the bootstrap is no snapshot.
 */
export function createSharedCore(
  { bootstrap, ...options }: CoreOptions,
  runtime: Runtime,
  firstLogger: Logger,
  onEnd: () => void,
): Core {
  const { mode, sdkKey } = options;
  const { scheduler, hasBackground } = runtime;
  const isLocal = mode === "offline" || mode === "test";
  const shares = new ShareSet((message) => redactKey(message, sdkKey));
  const { logger } = shares;
  const warn = warnOnce(logger.warn);
  const waiters = createWaiters(scheduler);
  const store = new FlagState({
    ...options,
    now,
    warn,
    redact: (error) => withoutKey(error, sdkKey),
    isKeyRejected,
    onChange,
  });
  const http = createHttpClient({ ...options, scheduler, logger, runtime, version: VERSION });
  const shared = options.store &&
    createGuardedStore({ ...options, store: options.store, sink: store, scheduler, logger, runtime });
  const source = createDataSource({ http, sink: store, scheduler, logger, runtime, shared }, options);
  const events = options.sendEvents && !isLocal
    ? createEventProcessor({
      ...options,
      http,
      scheduler,
      logger,
      hasBackground,
      waitUntil: () => runtime.waitUntil(),
      requestTimeout: options.connectTimeout + options.readTimeout,
    })
    : NO_EVENTS;
  /** Whether flags are loaded within the requests that ask for them, each of which has only its own promises to wait for. */
  const isPerRequest = source.ensureFresh !== undefined || !hasBackground;
  /** What gives the first flags, as long as nothing else has. */
  let giveBootstrap = typeof bootstrap === "function" ? bootstrap as () => unknown : undefined;
  let started = false;
  let ended = false;
  /** What a second `close()` waits for. */
  let ending: Promise<void> | undefined;
  let reported = "";

  function now(): number {
    return scheduler.now();
  }

  function onChange(before: FlagSet | null): void {
    const { flags, status: { state, mode, lastError, storeError } } = store;
    core.flags = flags;
    if (flags !== null) giveBootstrap = undefined; // it would come too late
    waiters.recheck();
    if (before !== null && flags !== null && before !== flags) {
      shares.notify("update", () => {
        const keys = changedKeys(before, flags);
        return keys.length > 0 ? Object.freeze(keys) : undefined;
      });
    }
    const report = [state, mode, lastError?.message, storeError?.message].join();
    if (report === reported) return;
    reported = report;
    shares.notify("status", () => core.status());
  }

  function start(): void {
    if (started || ended) return;
    started = true;
    store.restamp();
    if (!isPerRequest) void runBootstrap();
    source.start();
  }

  async function end(timeout: number): Promise<void> {
    ended = true;
    onEnd();
    source.close();
    await Promise.all([events.close({ timeout }), shared?.close(timeout)]);
    http.close();
  }

  /** Starts from what the bootstrap function gives, unless something is served by then. Never rejects. */
  async function runBootstrap(): Promise<void> {
    // Where a request is all there is, each of them may try: what goes wrong is said once.
    if (giveBootstrap !== undefined) await loadBootstrap(giveBootstrap, store, warn);
    // Without a network there is nothing to wait for: what is not in the bootstrap does not exist.
    if (mode === "offline" && store.flags === null) store.replace(EMPTY_SNAPSHOT, "bootstrap");
  }

  async function serveRequest(options: InitializationOptions): Promise<void> {
    const { timeout = REQUEST_DEADLINE_MS, waitUntil = runtime.waitUntil() } = options;
    const due = now() + timeout;
    // Half the time is for the bootstrap function: one that hangs leaves the other half for a load.
    if (giveBootstrap !== undefined) await withTimeout(runBootstrap(), timeout / 2, scheduler, () => {});
    let failure: unknown;
    try {
      await source.ensureFresh?.({ timeout: Math.max(1, due - now()), waitUntil });
    } catch (error) {
      failure = withoutKey(error, sdkKey);
    }
    if (store.flags === null && !ended) throw notInitialized("No flags could be loaded", failure);
  }

  /** Whether a handle's wait for the first flags is over, and what stands against it if it can't be. */
  function outlook(ticket: Ticket): Error | boolean {
    if (store.flags !== null || !shares.has(ticket)) return true;
    const { lastError } = store.status;
    return isKeyRejected(lastError) && notInitialized("No flags can be loaded", lastError);
  }

  function notInitialized(what: string, cause: unknown): InitializationError {
    const advice = mode === "manual" ? "refresh() is what fetches them" : "the client goes on trying";
    if (cause === undefined) return new InitializationError(`${what}; ${advice}`);
    return new InitializationError(`${what}: ${messageOf(cause)}`, { cause });
  }

  const core: Core & { flags: FlagSet | null } = {
    options,
    flags: null,
    events,
    isFirst: createOnce(),
    status: () =>
      Object.freeze({
        ...store.status,
        requestsInLastMinute: http.requestsInLastMinute(),
        events: events.counters(),
      }),
    now,
    attach: (share) => shares.add(share),
    listenersChanged: (share) => shares.listenersChanged(share),
    async release(ticket, timeout = CLOSE_TIMEOUT_MS) {
      if (!shares.delete(ticket)) return await ending;
      waiters.recheck();
      if (shares.size > 0) return;
      // Plain data is kept for the next request (contract §6.1).
      if (!hasBackground) return await events.flush({ timeout });
      const work = end(timeout);
      if (hasBackground) ending = work;
      await work;
    },
    drop(ticket) {
      if (hasBackground) core.release(ticket).catch(() => {});
      else shares.delete(ticket);
    },
    async waitForInitialization(ticket, given) {
      start();
      if (isPerRequest) return await serveRequest(given);
      if (store.flags !== null) return;
      const timeout = given.timeout ?? options.initTimeout;
      await waiters.wait(
        () => outlook(ticket),
        timeout,
        () => notInitialized(`No flags within ${timeout} ms`, store.status.lastError),
      );
    },
    put: (flag) => store.put(flag),
    async refresh() {
      start();
      try {
        await source.refresh();
      } catch (error) {
        throw withoutKey(error, sdkKey);
      }
    },
  };

  store.modeChanged(source.mode);
  const snapshot = readBootstrap({ bootstrap, sdkKey }, firstLogger) ??
    (mode === "offline" && bootstrap === undefined ? EMPTY_SNAPSHOT : undefined);
  if (snapshot !== undefined) store.replace(snapshot, mode === "test" ? mode : "bootstrap");
  // In a Worker's global scope nothing may start: there, the first request that asks for flags does it. And not
  // `queueMicrotask`, which takes a fresh Node process longer.
  if (hasBackground) void Promise.resolve().then(start);
  return core;
}

/** How long a call may wait, in ms. */
export interface TimeoutOptions {
  /** In ms, finite and at least 1; each call says what holds without it. */
  readonly timeout?: number | undefined;
}

/** What one wait for flags brings along. */
export interface InitializationOptions extends TimeoutOptions {
  /** Keeps a refresh alive behind the response: the handle's own, else its request's. */
  readonly waitUntil?: WaitUntil | undefined;
}

/** What stands behind handles: one SDK key's flags and events, and what keeps them going (contract §6). */
export interface Core {
  /** What is served; `null` while there is nothing. */
  readonly flags: FlagSet | null;
  readonly events: EventProcessor;
  /** A method, as the others' are: on V8 an object that is written with a getter is slow to read. */
  status(): ClientStatus;
  /** What later handles are compared with. The bootstrap is not kept: it may be large, or refer back to a handle. */
  readonly options: Omit<CoreOptions, "bootstrap">;
  /** What handles warn about is said by one of them, once. */
  readonly isFirst: Once;
  /** The wall clock, in ms since the epoch. */
  now(): number;
  /** Takes a handle in. */
  attach(share: Share): Ticket;
  /** Someone has begun to listen to a handle, or has ceased to. */
  listenersChanged(share: Share): void;
  /** Lets a handle go; the last one ends the core, within `timeout` ms. Settles when that is done, also when called again. */
  release(ticket: Ticket, timeout?: number): Promise<void>;
  /** Lets a handle go that was dropped: called outside of any request, where there may be no I/O. */
  drop(ticket: Ticket): void;
  /** Settles when there are flags, or the handle has gone; rejects when none could be had. */
  waitForInitialization(ticket: Ticket, options: InitializationOptions): Promise<void>;
  refresh(): Promise<void>;
  /** Serves a flag from now on: how a test client's are set. */
  put(flag: Flag): void;
}
