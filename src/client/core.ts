import type { Flag } from "../contract/flag.ts";
import { CLOSE_TIMEOUT_MS, REQUEST_DEADLINE_MS, WRITER_GRACE_MS } from "../contract/limits.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { createDataSource, createIdleSource } from "../data-source/create.ts";
import type { DataSource } from "../data-source/data-source.ts";
import { messageOf } from "../errors/format.ts";
import { InitializationError } from "../errors/initialization-error.ts";
import type { InitializationErrorReason } from "../errors/initialization-error.ts";
import { isKeyRejected } from "../errors/request-error.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import { createEventProcessor, NO_EVENTS } from "../events/event-processor.ts";
import type { EventProcessor } from "../events/event-processor.ts";
import { createHttpClient } from "../http/http-client.ts";
import type { HttpClient } from "../http/http-client.ts";
import { redactKey, withoutKey } from "../http/redact.ts";
import type { Logger, Warn } from "../runtime/logger.ts";
import { createOnce, warnOnce } from "../runtime/once.ts";
import type { Once } from "../runtime/once.ts";
import type { Runtime, WaitUntil } from "../runtime/runtime.ts";
import { Deadline, withTimeout } from "../runtime/scheduler.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import type { OpenStore, StoreLoader } from "../shared-store/snapshot-loader.ts";
import { changedKeys } from "../store/changed-keys.ts";
import type { FlagSet } from "../store/flag-set.ts";
import { FlagState } from "../store/flag-state.ts";
import { VERSION } from "../version.ts";
import { Attachments } from "./attachments.ts";
import type { AttachmentRef } from "./attachments.ts";
import { loadBootstrap, readBootstrap } from "./bootstrap.ts";
import type { ClientStatus } from "./options.ts";
import type { CoreOptions } from "./resolve-options.ts";

const EMPTY_SNAPSHOT: Snapshot = { environment: "", version: 0, flags: [], segments: [] };

/** The time limit of one call. */
export interface TimeoutOptions {
  /** In ms, finite and at least 1; each call documents its default. */
  readonly timeout?: number | undefined;
}

/** Parts of a core that another entry builds on. */
export interface LentParts {
  readonly sdkKey: string;
  /** Whether each request loads the flags itself. */
  readonly isPerRequest: boolean;
}

/**
 * The part that clients with the same SDK key and base URL share: connection, flags and event queue (contract §6). It ends
 * with its last handle. It is reachable from `globalThis`, so no public property may hold the SDK key.
 */
export class Core {
  /** The flags being served; `null` while there are none. A plain field, since every evaluation reads it. */
  flags: FlagSet | null = null;
  readonly events: EventProcessor = NO_EVENTS;
  declare readonly defaultContext: EvaluationContext | undefined;
  /** Returns `true` once per topic: handles log each warning about evaluations once per core. */
  readonly isFirst: Once = createOnce();
  /** What its handles lend. */
  declare readonly attachments: Attachments;
  declare readonly runtime: Runtime;
  /** Logs a warning, the same one once. */
  declare readonly warn: Warn;
  /** The bootstrap is not among them: it may be large, or refer to a handle. */
  readonly #options: Omit<CoreOptions, "bootstrap">;
  readonly #onIdle: (isOver: boolean) => void;
  readonly #waiters: Waiters;
  readonly #state: FlagState;
  /** An offline client and a test client have none. */
  readonly #http: HttpClient | undefined;
  readonly #store: StoreLoader | undefined;
  readonly #source: DataSource;
  /** Whether each request that asks for flags loads them itself, and waits for its own promises only. */
  readonly #isPerRequest: boolean;
  /** The bootstrap function, as long as there are no flags from anywhere else. */
  #bootstrap: (() => unknown) | undefined;
  #phase: "idle" | "started" | "ended" = "idle";
  /** The end of this core: what a second `close()` waits for. */
  #ending: Promise<void> | undefined;
  /** The last status that listeners received, as text. */
  #reported = "";

  /**
   * Creates a core. Starts nothing before the current task has ended, and nothing at all on request-scoped runtimes.
   *
   * @param firstLogger Receives warnings about the bootstrap: the first handle is not attached yet.
   * @param onIdle Called when the last handle has gone; `isOver` if the core ends with it.
   * @throws {ConfigurationError} when the bootstrap is not a snapshot.
   */
  constructor(
    { bootstrap, ...options }: CoreOptions,
    runtime: Runtime,
    firstLogger: Logger,
    onIdle: (isOver: boolean) => void,
  ) {
    const { mode, sdkKey } = options;
    const { scheduler, hasBackground } = runtime;
    this.#options = options;
    this.runtime = runtime;
    this.#onIdle = onIdle;
    this.defaultContext = options.defaultContext;
    this.#bootstrap = typeof bootstrap === "function" ? bootstrap as () => unknown : undefined;
    this.attachments = new Attachments(
      (message) => this.redact(message),
      scheduler.detach,
      (ref) => this.drop(ref),
    );
    const { logger } = this.attachments;
    this.warn = warnOnce(logger.warn);
    this.#waiters = createWaiters(scheduler);
    this.#state = new FlagState({
      ...options,
      maxAge: staleAfter(options),
      now: () => scheduler.now(),
      warn: this.warn,
      redact: (error) => withoutKey(error, sdkKey),
      onChange: (before) => this.#flagsChanged(before),
    });
    if (mode === "offline" || mode === "test") this.#source = createIdleSource(mode);
    else {
      const http = this.#http = createHttpClient({
        ...options,
        scheduler,
        logger,
        runtime,
        version: VERSION,
      });
      const context = { http, sink: this.#state, scheduler, logger, runtime };
      const shared = this.#store = (options.store?.["~open1"] as OpenStore | undefined)?.({
        ...options,
        ...context,
        interval: mode === "lazy" || !hasBackground ? options.maxAge : options.pollInterval,
      });
      this.#source = createDataSource({ ...context, shared }, { ...options, mode });
      if (options.sendEvents) {
        const waitUntil = (): WaitUntil | undefined => runtime.waitUntil();
        this.events = createEventProcessor({ ...options, http, scheduler, logger, hasBackground, waitUntil });
      }
    }
    this.#isPerRequest = this.#source.ensureFresh !== undefined || !hasBackground;
    this.#state.modeChanged(this.#source.mode);
    const snapshot = readBootstrap({ bootstrap, sdkKey }, firstLogger) ??
      (mode === "offline" && bootstrap === undefined ? EMPTY_SNAPSHOT : undefined);
    if (snapshot !== undefined) this.#state.replace(snapshot, mode === "test" ? mode : "bootstrap");
    // A Worker's global scope forbids all I/O: there the first request starts it. `queueMicrotask` would slow down the start
    // of a Node process (bench: cold start).
    if (hasBackground) void Promise.resolve().then(() => this.#start());
  }

  /** The status of the core. */
  status(): ClientStatus {
    return Object.freeze({
      ...this.#state.status,
      isClosed: false,
      requestsInLastMinute: this.#http?.requestsInLastMinute() ?? 0,
      events: this.events.counters(),
    });
  }

  /** A message without the SDK key. */
  redact(message: string): string {
    return redactKey(message, this.#options.sdkKey);
  }

  /** Whether a request, or a background, has used it. */
  get isStarted(): boolean {
    return this.#phase !== "idle";
  }

  /** The names of the options that differ from this core's. Functions and objects of the host are not compared (contract §6). */
  differingOptions({ bootstrap: _bootstrap, store: _store, ...options }: CoreOptions): string[] {
    const names = Object.keys(options) as (keyof typeof options)[];
    return names.filter((name) => toJson(options[name]) !== toJson(this.#options[name]))
      .map((name) => name === "mode" ? "mode (or streaming)" : name);
  }

  /** What an entry of its own builds on: endpoints that serve this client's flags. The key is what their tokens are made of. */
  lend(): LentParts {
    return { sdkKey: this.#options.sdkKey, isPerRequest: this.#isPerRequest };
  }

  /**
   * Removes a handle; the last one ends the core, within `timeout` ms. Resolves when the core has ended, also when called
   * again, but after `timeout` ms at the latest: a second signal does not wait as long as the first.
   */
  async release(ref: AttachmentRef, timeout: number = CLOSE_TIMEOUT_MS): Promise<void> {
    if (!this.attachments.delete(ref)) {
      return this.#ending && await withTimeout(this.#ending, timeout, this.runtime.scheduler, () => {});
    }
    this.#waiters.recheck();
    if (this.attachments.size > 0) return;
    if (this.runtime.hasBackground) await (this.#ending = this.#end(timeout));
    // On request-scoped runtimes the flags stay for the next request (contract §6.1).
    else {
      this.#onIdle(false);
      await this.events.flush(timeout);
    }
  }

  /**
   * Removes a handle that was garbage-collected: outside of any request, where a request-scoped runtime allows no I/O. Also one
   * that an adapter forgets.
   */
  drop(ref: AttachmentRef): void {
    const { hasBackground, scheduler } = this.runtime;
    if (hasBackground) scheduler.detach(() => void this.release(ref).catch(() => {}));
    else if (this.attachments.delete(ref) && this.attachments.isEmpty) this.#onIdle(false);
  }

  /**
   * Resolves when there are flags, or the handle was removed; rejects when flags could not be loaded.
   *
   * @param given The time limit in ms; by default option `initTimeout`, or the deadline of requests.
   * @param waitUntil Keeps a refresh alive after the response: the handle's own, else that of its request.
   */
  async waitForInitialization(ref: AttachmentRef, given?: number, waitUntil?: WaitUntil): Promise<void> {
    this.#start();
    if (this.#isPerRequest) return await this.#loadForRequest(given, waitUntil);
    if (this.#state.flags !== null) return;
    const timeout = given ?? this.#options.initTimeout;
    await this.#waiters.wait(
      () => this.#isDecided(ref),
      timeout,
      () => this.#notInitialized("TIMEOUT", `No flags within ${timeout} ms`, this.#state.status.lastError),
    );
  }

  /** Fetches the flags now. */
  async refresh(): Promise<void> {
    this.#start();
    try {
      await this.#source.refresh();
    } catch (error) {
      throw withoutKey(error, this.#options.sdkKey);
    }
  }

  /** Serves a flag from now on: for test clients. */
  put(flag: Flag): void {
    this.#state.put(flag);
  }

  #start(): void {
    if (this.#phase !== "idle") return;
    this.#phase = "started";
    this.#state.restamp();
    // A bootstrap function runs for the caller; the source belongs to no request (contract §6).
    if (this.#bootstrap !== undefined && !this.#isPerRequest) void this.#runBootstrap(this.#bootstrap);
    // An idle source has nothing to start, and leaving the context takes time (bench: cold-start).
    if (this.#http === undefined) return;
    this.runtime.scheduler.detach(() => {
      if (this.#phase === "started") this.#source.start();
    });
  }

  async #end(timeout: number): Promise<void> {
    this.#phase = "ended";
    this.#onIdle(true);
    this.#source.close();
    await Promise.all([this.events.close(timeout), this.#store?.close(timeout)]);
    this.#http?.close();
  }

  #flagsChanged(before: FlagSet | null): void {
    const { flags, status: { state, mode, lastError, storeError } } = this.#state;
    this.flags = flags;
    // Flags from anywhere else win over the bootstrap function (contract §4).
    if (flags !== null) this.#bootstrap = undefined;
    this.#waiters.recheck();
    if (before !== null && flags !== null && before !== flags) {
      this.attachments.notify("update", () => {
        const keys = changedKeys(before, flags);
        return keys.length > 0 ? Object.freeze(keys) : undefined;
      });
    }
    const report = [state, mode, lastError?.message, storeError?.message].join();
    if (report === this.#reported) return;
    this.#reported = report;
    this.attachments.notify("status", () => this.status());
  }

  /** Serves the snapshot of the bootstrap function, unless there are flags by then. Never rejects. */
  async #runBootstrap(bootstrap: () => unknown): Promise<void> {
    // On request-scoped runtimes each request may try; the warning is logged once.
    await loadBootstrap(bootstrap, this.#state, this.warn);
    // Offline there is no other source to wait for: a flag that is not in the bootstrap does not exist.
    if (this.#options.mode === "offline" && this.#state.flags === null) {
      this.#state.replace(EMPTY_SNAPSHOT, "bootstrap");
    }
  }

  async #loadForRequest(
    timeout = REQUEST_DEADLINE_MS,
    waitUntil = this.runtime.waitUntil(),
  ): Promise<void> {
    const { scheduler } = this.runtime;
    const deadline = new Deadline(scheduler, timeout);
    // What a Worker recorded in its global scope leaves with the first request, also with one that evaluates nothing.
    this.events.deliverWhenDue(waitUntil);
    // A bootstrap function that hangs leaves half of the time for a load.
    if (this.#bootstrap !== undefined) {
      await withTimeout(this.#runBootstrap(this.#bootstrap), timeout / 2, scheduler, () => {});
    }
    let failure: unknown;
    try {
      await this.#source.ensureFresh?.({ timeout: Math.max(1, deadline.remaining()), waitUntil });
    } catch (error) {
      failure = withoutKey(error, this.#options.sdkKey);
    }
    if (this.#state.flags === null && this.#phase !== "ended") {
      throw this.#notInitialized("REFUSED", "No flags could be loaded", failure);
    }
  }

  /** Whether a handle's wait for the first flags is over; an error when it failed. */
  #isDecided(ref: AttachmentRef): Error | boolean {
    if (this.#state.flags !== null || !this.attachments.has(ref)) return true;
    const { lastError } = this.#state.status;
    return isKeyRejected(lastError) &&
      this.#notInitialized("KEY_REJECTED", "No flags can be loaded", lastError);
  }

  #notInitialized(
    fallback: InitializationErrorReason,
    problem: string,
    cause: unknown,
  ): InitializationError {
    const reason = isKeyRejected(cause) ? "KEY_REJECTED" : fallback;
    const advice = this.#options.mode === "manual"
      ? "call refresh() to fetch them"
      : "the client keeps trying until it is closed";
    if (cause === undefined) return new InitializationError(reason, `${problem}; ${advice}`);
    return new InitializationError(reason, `${problem}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * From which age on lazy flags are stale after a failure, in ms: a store that can't lock is left to its writer, and waiting for
 * that is not a failure (contract §6.1).
 */
function staleAfter({ maxAge, store }: Pick<CoreOptions, "maxAge" | "store">): number {
  return store === undefined || store.tryLock ? maxAge : Math.max(maxAge, WRITER_GRACE_MS);
}

/** An attribute of a default context may be anything; a value that is not JSON counts as equal. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** Callers that wait until a condition is decided. */
export interface Waiters {
  /**
   * Waits until `isDecided` no longer returns `false`: resolves when it returns `true`, rejects with the error that it
   * returns. Keeps the process alive.
   *
   * @param timeout In ms.
   * @param onTimeout Returns the error for a wait that took longer.
   */
  wait(isDecided: () => Error | boolean, timeout: number, onTimeout: () => Error): Promise<void>;
  /** Calls every `isDecided` again, after a change. */
  recheck(): void;
}

/** Creates a set of waiting callers, empty at first. */
export function createWaiters(scheduler: Scheduler): Waiters {
  const checks = new Set<() => void>();
  return {
    wait(isDecided, timeout, onTimeout) {
      let check = (): void => {};
      const decided = new Promise<void>((resolve, reject) => {
        check = (): void => {
          const result = isDecided();
          if (result === true) resolve();
          else if (result !== false) reject(result);
        };
      });
      checks.add(check);
      check();
      return withTimeout(decided, timeout, scheduler, () => {
        throw onTimeout();
      }).finally(() => checks.delete(check));
    },
    recheck() {
      for (const check of checks) check();
    },
  };
}
