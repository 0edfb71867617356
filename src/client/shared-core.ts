import type { Flag } from "../contract/flag.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { PayloadError } from "../contract/payload-error.ts";
import { decodeBootstrap, loadBootstrap } from "../data-source/bootstrap-source.ts";
import { createDataSource } from "../data-source/create-data-source.ts";
import type {
  DataSink,
  DataSource,
  EffectiveMode,
  HeldSnapshot,
  SnapshotSource,
} from "../data-source/data-source.ts";
import { createSharedSnapshots } from "../data-source/shared-snapshots.ts";
import { ConfigurationError } from "../errors/configuration-error.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { InitializationError } from "../errors/initialization-error.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import { createEventProcessor } from "../events/event-processor.ts";
import type { EventProcessor } from "../events/event-processor.ts";
import { NO_EVENTS } from "../events/no-events.ts";
import { createHttpClient } from "../http/http-client.ts";
import type { HttpClient } from "../http/http-client.ts";
import { HttpError } from "../http/http-error.ts";
import { redact } from "../http/sanitize.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { CancelTimer } from "../runtime/scheduler.ts";
import { changedKeys } from "../store/changed-keys.ts";
import { FlagSet } from "../store/flag-set.ts";
import { VERSION } from "../version.ts";
import type { ClientState, ClientStatus } from "./client-status.ts";
import type { Core, InitializationOptions } from "./core.ts";
import { log } from "./log.ts";
import { createNews } from "./news.ts";
import type { IsNews } from "./news.ts";
import type { CoreOptions } from "./resolve-options.ts";
import { settledWithin } from "../runtime/settled-within.ts";
import { ShareSet } from "./share-set.ts";
import type { Share } from "./share.ts";

/** Silence after which a streamed snapshot counts as stale: three pings (contract §4). */
const STREAM_STALE_AFTER = 90_000;

/** How long a request waits for flags where a request is all there is, in ms (contract §6.1). */
const REQUEST_DEADLINE = 3_000;

/** How long `close()` may take by default, in ms (contract §6). */
const CLOSE_TIMEOUT = 5_000;

/** Shorter keys are no secrets, and blacking them out would make a riddle of every line. */
const SHORTEST_SECRET = 8;

const EMPTY_SNAPSHOT: Snapshot = { environment: "", version: 0, flags: [], segments: [] };

interface Waiter {
  /** Of the handle that waits. */
  readonly ticket: number;
  resolve(): void;
  reject(error: InitializationError): void;
  readonly cancel: CancelTimer;
}

/** One SDK key's flags, data source and events, shared by all its handles (contract §6). */
export class SharedCore implements Core, DataSink {
  /** What later handles are compared with. The bootstrap is not kept: it may be large, or refer back to a handle. */
  readonly options: Omit<CoreOptions, "bootstrap">;
  readonly events: EventProcessor;
  readonly isNews: IsNews = createNews();
  flags: FlagSet | null = null;

  readonly #runtime: Runtime;
  readonly #http: HttpClient | undefined;
  readonly #source: DataSource | undefined;
  readonly #shares = new ShareSet();
  readonly #logger: Logger = {
    debug: (message) => this.#shares.logger.debug(this.#redact(message)),
    info: (message) => this.#shares.logger.info(this.#redact(message)),
    warn: (message) => this.#shares.logger.warn(this.#redact(message)),
    error: (message) => this.#shares.logger.error(this.#redact(message)),
  };
  readonly #waiters = new Set<Waiter>();
  /** Told when the last handle has gone: the registry forgets the core then. */
  readonly #onEnd: () => void;

  #bootstrap: (() => unknown) | undefined;
  #started = false;
  #ended = false;
  /** What a second `close()` waits for. */
  #ending: Promise<void> | undefined;
  #mode: EffectiveMode;
  #modeReason: string | undefined;
  #snapshotSource: SnapshotSource | undefined;
  #confirmedAt = 0;
  /** When anything of the service was learnt last; updates of single flags count too. */
  #learntAt = 0;
  #lastError: FeatureflipError | undefined;
  #failedAt = 0;
  #storeError: FeatureflipError | undefined;
  #lastReported: string | undefined;

  /**
   * Makes a core without starting anything.
   *
   * @param logger Of the handle it is made for, which can't be attached yet: told what is odd about the bootstrap.
   * @throws {ConfigurationError} when the bootstrap is no snapshot.
   */
  constructor({ bootstrap, ...options }: CoreOptions, runtime: Runtime, logger: Logger, onEnd: () => void) {
    this.options = options;
    this.#runtime = runtime;
    this.#onEnd = onEnd;
    if (typeof bootstrap === "function") this.#bootstrap = bootstrap as () => unknown;
    else if (bootstrap !== undefined) this.#loadBootstrap(bootstrap, logger);

    const { mode } = options;
    if (mode === "offline") {
      this.#mode = "offline";
      this.events = NO_EVENTS;
      if (this.#bootstrap === undefined) this.#serveNothingElse();
    } else {
      const { scheduler } = runtime;
      const http = createHttpClient({
        ...options,
        scheduler,
        logger: this.#logger,
        runtime,
        version: VERSION,
      });
      this.#http = http;
      const { store } = options;
      const shared = store &&
        createSharedSnapshots({ ...options, store, sink: this, scheduler, logger: this.#logger });
      const context = { http, sink: this, scheduler, logger: this.#logger, runtime, shared };
      this.#source = createDataSource(context, { ...options, mode });
      this.#mode = this.#source.mode;
      this.events = options.sendEvents
        ? createEventProcessor({
          ...options,
          http,
          scheduler,
          logger: this.#logger,
          hasBackground: runtime.hasBackground,
          waitUntil: () => runtime.waitUntil(),
          requestTimeout: options.connectTimeout + options.readTimeout,
        })
        : NO_EVENTS;
    }
    // In a Worker's global scope nothing may start: there, the first request that asks for flags does it.
    if (runtime.hasBackground) queueMicrotask(() => this.#start());
  }

  /** Whether the core is kept when its handles have gone: plain data for the next request (contract §6.1). */
  get outlivesHandles(): boolean {
    return !this.#runtime.hasBackground;
  }

  get defaultContext(): EvaluationContext | undefined {
    return this.options.defaultContext;
  }

  get status(): ClientStatus {
    return Object.freeze({
      state: this.#state(),
      mode: this.#mode,
      ...(this.#modeReason !== undefined && { modeReason: this.#modeReason }),
      ...(this.#snapshotSource !== undefined && { source: this.#snapshotSource }),
      ...(this.flags !== null && { version: this.flags.version, age: this.#age() }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      ...(this.#storeError !== undefined && { storeError: this.#storeError }),
      requestsInLastMinute: this.#http?.requestsInLastMinute() ?? 0,
      events: this.events.counters,
    });
  }

  now(): number {
    return this.#runtime.scheduler.now();
  }

  attach(share: Share): number {
    return this.#shares.add(share);
  }

  listenersChanged(share: Share): void {
    this.#shares.listenersChanged(share);
  }

  async release(ticket: number, timeout: number = CLOSE_TIMEOUT): Promise<void> {
    if (!this.#shares.delete(ticket)) return await this.#ending;
    this.#rejectWaiters(closed(), ticket);
    if (this.#shares.size > 0) return;
    if (this.outlivesHandles) return await this.events.flush({ timeout });
    const ending = this.#end(timeout);
    if (this.#runtime.canShareInFlight) this.#ending = ending;
    await ending;
  }

  drop(ticket: number): void {
    if (this.outlivesHandles) this.#shares.delete(ticket);
    else this.release(ticket).catch(() => {});
  }

  async waitForInitialization(ticket: number, options: InitializationOptions): Promise<void> {
    this.#start();
    if (this.#isPerRequest()) return await this.#serveRequest(options);
    if (this.flags !== null) return;
    if (isKeyRejected(this.#lastError)) throw this.#notInitialized("No flags can be loaded", this.#lastError);
    await this.#firstFlags(ticket, options.timeout ?? this.options.initTimeout);
  }

  async refresh(): Promise<void> {
    if (this.#source === undefined) {
      throw new FeatureflipError("REQUEST_FAILED", "An offline client has nowhere to fetch flags from");
    }
    this.#start();
    try {
      await this.#source.refresh();
    } catch (error) {
      throw this.#withoutKey(error);
    }
  }

  // What data sources tell.

  hasSnapshot(): boolean {
    return this.flags !== null;
  }

  flagVersion(key: string): number | undefined {
    return this.flags?.get(key)?.version;
  }

  held(): HeldSnapshot | undefined {
    return this.flags === null || this.#snapshotSource === "bootstrap"
      ? undefined
      : { at: this.#learntAt, version: this.flags.version };
  }

  replace(snapshot: Snapshot, source: SnapshotSource, at: number = this.now()): void {
    this.#snapshotSource = source;
    this.#confirmedAt = at;
    // A bootstrap says nothing about the service.
    if (source !== "bootstrap") this.#learn(at);
    this.#adopt(FlagSet.of(snapshot, this.#warn));
    this.#reportStatus();
  }

  put(flag: Flag): void {
    if (this.flags === null) return; // the snapshot that follows has it
    const stored = this.flags.get(flag.key);
    if (stored !== undefined && flag.version < stored.version) return;
    this.#learntAt = this.now();
    this.#adopt(this.flags.with(flag));
  }

  remove(key: string): void {
    if (this.flags?.get(key) === undefined) return;
    this.#learntAt = this.now();
    this.#adopt(this.flags.without(key));
  }

  confirm(at: number = this.now()): void {
    // Later than now: the clock was set back since.
    if (at >= this.#confirmedAt || this.#confirmedAt > this.now()) this.#confirmedAt = at;
    this.#learn(at);
    this.#reportStatus();
  }

  fail(error: FeatureflipError): void {
    this.#lastError = this.#withoutKey(error) as FeatureflipError;
    this.#failedAt = this.now();
    if (isKeyRejected(error)) this.#rejectWaiters(this.#notInitialized("No flags can be loaded", error));
    this.#reportStatus();
  }

  storeChanged(error: FeatureflipError | undefined): void {
    this.#storeError = error;
    this.#reportStatus();
  }

  modeChanged(mode: EffectiveMode, reason: string): void {
    const asked = this.options.mode === "auto" ? this.#source?.mode : this.options.mode;
    this.#mode = mode;
    this.#modeReason = mode === asked ? undefined : reason;
    this.#reportStatus();
  }

  /** What was said before the last failure does not end it. */
  #learn(at: number): void {
    if (at >= this.#learntAt || this.#learntAt > this.now()) this.#learntAt = at;
    if (at >= this.#failedAt || this.#failedAt > this.now()) this.#lastError = undefined;
  }

  readonly #warn = (message: string): void => this.#logger.warn(message);

  #start(): void {
    if (this.#started || this.#ended) return;
    this.#started = true;
    // Stamped anew: where a core is made in a Worker's global scope, the clock stands at zero.
    if (this.flags !== null) this.#confirmedAt = this.now();
    if (!this.#isPerRequest()) void this.#runBootstrap();
    this.#source?.start();
  }

  async #end(timeout: number): Promise<void> {
    this.#ended = true;
    this.#onEnd();
    this.#source?.close();
    await this.events.close({ timeout });
    this.#http?.close();
  }

  /** Whether flags are loaded within the requests that ask for them, each of which has only its own promises to wait for. */
  #isPerRequest(): boolean {
    return this.#source?.ensureFresh !== undefined || !this.#runtime.canShareInFlight;
  }

  async #serveRequest({ timeout = REQUEST_DEADLINE, waitUntil }: InitializationOptions): Promise<void> {
    const due = this.now() + timeout;
    // Half the time is for the bootstrap function: one that hangs leaves the other half for a load.
    if (this.flags === null && this.#bootstrap !== undefined) {
      await settledWithin(this.#runBootstrap(), timeout / 2, this.#runtime.scheduler);
    }
    let failure: unknown;
    try {
      await this.#source?.ensureFresh?.({
        timeout: Math.max(1, due - this.now()),
        waitUntil: waitUntil ?? this.#runtime.waitUntil(),
      });
    } catch (error) {
      failure = this.#withoutKey(error);
    }
    if (this.#ended) throw closed();
    if (this.flags === null) throw this.#notInitialized("No flags could be loaded", failure);
  }

  #loadBootstrap(bootstrap: object, logger: Logger): void {
    try {
      this.replace(decodeBootstrap(bootstrap, (message) => log(logger, "warn", message)), "bootstrap");
    } catch (error) {
      const reason = error instanceof Error ? this.#redact(error.message) : "it can not be read";
      throw new ConfigurationError("bootstrap", `Option 'bootstrap' must be a snapshot: ${reason}`);
    }
  }

  /** Starts from what the bootstrap function gives, unless something is served by then. Never rejects. */
  async #runBootstrap(): Promise<void> {
    if (this.#bootstrap === undefined) return;
    const warn = (message: string): void => {
      // Where a request is all there is, each of them may try.
      if (this.isNews(message)) this.#logger.warn(message);
    };
    await loadBootstrap(this.#bootstrap, { sink: this, logger: { ...this.#logger, warn } });
    if (this.options.mode === "offline") this.#serveNothingElse();
  }

  /** Without a network there is nothing to wait for: what is not in the bootstrap does not exist. */
  #serveNothingElse(): void {
    if (this.flags === null) this.replace(EMPTY_SNAPSHOT, "bootstrap");
  }

  #adopt(flags: FlagSet): void {
    const before = this.flags;
    this.flags = flags;
    this.#bootstrap = undefined; // it would come too late
    for (const waiter of [...this.#waiters]) waiter.resolve();
    // Comparing costs as much as decoding did: only for those who listen.
    if (before === null || !this.#shares.isListenedTo("update")) return;
    const keys = changedKeys(before, flags);
    if (keys.length > 0) this.#shares.notify("update", Object.freeze(keys));
  }

  #firstFlags(ticket: number, timeout: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        this.#waiters.delete(waiter);
        waiter.cancel();
        action();
      };
      const waiter: Waiter = {
        ticket,
        resolve: () => settle(resolve),
        reject: (error) => settle(() => reject(error)),
        // A caller waits for it: without it, a process that has nothing else to do would end in mid-wait.
        cancel: this.#runtime.scheduler.after(
          timeout,
          () => waiter.reject(this.#notInitialized(`No flags within ${timeout} ms`, this.#lastError)),
          { keepAlive: true },
        ),
      };
      this.#waiters.add(waiter);
    });
  }

  #rejectWaiters(error: InitializationError, ticket?: number): void {
    for (const waiter of [...this.#waiters]) {
      if (ticket === undefined || waiter.ticket === ticket) waiter.reject(error);
    }
  }

  #age(): number {
    const now = this.now();
    // The clock was set back since: how long ago that was can't be told any more, so it counts from here.
    if (now < this.#confirmedAt) this.#confirmedAt = now;
    return now - this.#confirmedAt;
  }

  #state(): ClientState {
    if (this.flags === null) {
      if (this.#lastError === undefined) return "NOT_READY";
      return isKeyRejected(this.#lastError) ? "FATAL" : "ERROR";
    }
    return this.#isStale() ? "STALE" : "READY";
  }

  #isStale(): boolean {
    switch (this.#mode) {
      case "streaming":
        return this.#age() > STREAM_STALE_AFTER;
      case "polling":
        return this.#age() > 3 * this.options.pollInterval;
      case "lazy":
        return this.#age() > this.options.maxAge && this.#lastError !== undefined;
      default:
        return false;
    }
  }

  #reportStatus(): void {
    const now = `${this.#state()} ${this.#mode} ${this.#lastError?.message ?? ""} ${
      this.#storeError?.message ?? ""
    }`;
    if (now === this.#lastReported) return;
    this.#lastReported = now;
    if (this.#shares.isListenedTo("status")) this.#shares.notify("status", this.status);
  }

  #notInitialized(what: string, cause: unknown): InitializationError {
    const advice = this.#mode === "manual" ? "refresh() is what fetches them" : "the client goes on trying";
    if (cause === undefined) return new InitializationError(`${what}; ${advice}`);
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new InitializationError(`${what}: ${reason}`, { cause });
  }

  /** Payloads are quoted in what is said about them, and a server may put anything into one (contract §1). */
  #redact(text: string): string {
    const { sdkKey } = this.options;
    return sdkKey.length < SHORTEST_SECRET ? text : redact(text, sdkKey);
  }

  #withoutKey(error: unknown): unknown {
    return error instanceof PayloadError ? new PayloadError(error.path, this.#redact(error.problem)) : error;
  }
}

function isKeyRejected(error: FeatureflipError | undefined): boolean {
  return error instanceof HttpError && error.keyRejected;
}

function closed(): InitializationError {
  return new InitializationError("The client was closed");
}
