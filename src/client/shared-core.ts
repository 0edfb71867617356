import type { Flag } from "../contract/flag.ts";
import { decodeSnapshot } from "../contract/snapshot.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { createDataSource } from "../data-source/create-data-source.ts";
import type { DataSink, DataSource, EffectiveMode, SnapshotSource } from "../data-source/data-source.ts";
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
import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { CancelTimer } from "../runtime/scheduler.ts";
import { changedKeys } from "../store/changed-keys.ts";
import { FlagSet } from "../store/flag-set.ts";
import { VERSION } from "../version.ts";
import type { ClientState, ClientStatus } from "./client-status.ts";
import type { Core, TimeoutOptions } from "./core.ts";
import type { ResolvedOptions } from "./resolve-options.ts";
import { ShareSet } from "./share-set.ts";
import type { Share } from "./share.ts";

/** Silence after which a streamed snapshot counts as stale: three pings (contract §4). */
const STREAM_STALE_AFTER = 90_000;

/** Topics that are warned about once each; beyond that many, silence. */
const MAX_TOPICS = 1_000;

interface Waiter {
  resolve(): void;
  reject(error: InitializationError): void;
  readonly cancel: CancelTimer;
}

/** One SDK key's flags, data source and events, shared by all its handles (contract §6). */
export class SharedCore implements Core, DataSink {
  readonly options: ResolvedOptions;
  readonly events: EventProcessor;
  readonly defaultContext: EvaluationContext | undefined;
  flags: FlagSet | null = null;

  readonly #runtime: Runtime;
  readonly #http: HttpClient | undefined;
  readonly #source: DataSource | undefined;
  readonly #shares = new ShareSet();
  readonly #logger: Logger = this.#shares.logger;
  readonly #topics = new Set<string>();
  readonly #waiters = new Set<Waiter>();
  /** Told when the last handle has gone: the registry forgets the core then. */
  readonly #onEnd: () => void;

  #started = false;
  #ended = false;
  #mode: EffectiveMode;
  #modeReason: string | undefined;
  #snapshotSource: SnapshotSource | undefined;
  #confirmedAt = 0;
  #lastError: FeatureflipError | undefined;
  #lastReported: string | undefined;

  constructor(options: ResolvedOptions, runtime: Runtime, onEnd: () => void) {
    this.options = options;
    this.#runtime = runtime;
    this.#onEnd = onEnd;
    this.defaultContext = options.defaultContext && Object.freeze({ ...options.defaultContext });
    this.#loadBootstrapObject();

    const { mode } = options;
    if (mode === "offline") {
      this.#mode = "offline";
      this.events = NO_EVENTS;
      // Without a network there is nothing to wait for: what is not in the bootstrap does not exist.
      if (this.flags === null) this.#adopt(FlagSet.of(EMPTY_SNAPSHOT, this.#warn), "bootstrap");
      return;
    }
    const { scheduler } = runtime;
    const logger = this.#logger;
    const http = createHttpClient({ ...options, scheduler, logger, runtime, version: VERSION });
    this.#http = http;
    this.#source = createDataSource({ http, sink: this, scheduler, logger, runtime }, { ...options, mode });
    this.#mode = this.#source.mode;
    this.events = options.sendEvents
      ? createEventProcessor({
        ...options,
        http,
        scheduler,
        logger,
        hasBackground: runtime.hasBackground,
        waitUntil: () => runtime.waitUntil(),
        requestTimeout: options.connectTimeout + options.readTimeout,
      })
      : NO_EVENTS;
    // In a Worker's global scope nothing may start: there, the first request that asks for flags does it.
    if (runtime.hasBackground) queueMicrotask(() => this.#start());
  }

  /** Whether flags are fetched when requests ask for them: the core is plain data then, and outlives its handles. */
  get isOnDemand(): boolean {
    return this.#mode === "lazy";
  }

  get status(): ClientStatus {
    const age = this.now() - this.#confirmedAt;
    return Object.freeze({
      state: this.#state(),
      mode: this.#mode,
      ...(this.#modeReason !== undefined && { modeReason: this.#modeReason }),
      ...(this.#snapshotSource !== undefined && { source: this.#snapshotSource }),
      ...(this.flags !== null && { version: this.flags.version, age: Math.max(0, age) }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      requestsInLastMinute: this.#http?.requestsInLastMinute() ?? 0,
      events: this.events.counters,
    });
  }

  now(): number {
    return this.#runtime.scheduler.now();
  }

  warnOnce(topic: string, message: string): void {
    if (this.#topics.has(topic) || this.#topics.size >= MAX_TOPICS) return;
    this.#topics.add(topic);
    this.#logger.warn(message);
  }

  attach(share: Share): number {
    this.#ended = false;
    return this.#shares.add(share);
  }

  async release(ticket: number, options?: TimeoutOptions): Promise<void> {
    if (!this.#shares.delete(ticket) || this.#shares.size > 0) return;
    if (this.isOnDemand) return await this.events.flush(options);
    this.#ended = true;
    this.#onEnd();
    this.#source?.close();
    for (const waiter of [...this.#waiters]) waiter.reject(new InitializationError("The client was closed"));
    await this.events.close(options);
    this.#http?.close();
  }

  async waitForInitialization(share: Share, options: TimeoutOptions = {}): Promise<void> {
    this.#start();
    if (this.#source?.ensureFresh !== undefined) {
      const waitUntil = share.waitUntil ?? this.#runtime.waitUntil();
      try {
        await this.#source.ensureFresh({ timeout: options.timeout, waitUntil });
      } catch (error) {
        if (this.flags === null) throw notInitialized("No flags could be loaded", error);
      }
      return;
    }
    if (this.flags !== null) return;
    if (isKeyRejected(this.#lastError)) throw notInitialized("No flags can be loaded", this.#lastError);
    await this.#firstFlags(options.timeout ?? this.options.initTimeout);
  }

  async refresh(): Promise<void> {
    if (this.#source === undefined) {
      throw new FeatureflipError("REQUEST_FAILED", "An offline client has nowhere to fetch flags from");
    }
    this.#start();
    await this.#source.refresh();
  }

  // What data sources tell.

  hasSnapshot(): boolean {
    return this.flags !== null;
  }

  flagVersion(key: string): number | undefined {
    return this.flags?.get(key)?.version;
  }

  replace(snapshot: Snapshot, source: SnapshotSource): void {
    this.#adopt(FlagSet.of(snapshot, this.#warn), source);
    this.confirm();
  }

  put(flag: Flag): void {
    if (this.flags === null) return; // the snapshot that follows has it
    const stored = this.flags.get(flag.key);
    if (stored === undefined || flag.version >= stored.version) this.#adopt(this.flags.with(flag));
  }

  remove(key: string): void {
    if (this.flags?.get(key) !== undefined) this.#adopt(this.flags.without(key));
  }

  confirm(): void {
    this.#confirmedAt = this.now();
    this.#lastError = undefined;
    this.#reportStatus();
  }

  fail(error: FeatureflipError): void {
    this.#lastError = error;
    if (isKeyRejected(error)) {
      for (const waiter of [...this.#waiters]) waiter.reject(notInitialized("No flags can be loaded", error));
    }
    this.#reportStatus();
  }

  modeChanged(mode: EffectiveMode, reason: string): void {
    this.#mode = mode;
    this.#modeReason = mode === this.#source?.mode && mode === this.options.mode ? undefined : reason;
    this.#reportStatus();
  }

  readonly #warn = (message: string): void => this.#logger.warn(message);

  #start(): void {
    if (this.#started || this.#ended) return;
    this.#started = true;
    this.#source?.start();
  }

  #loadBootstrapObject(): void {
    const { bootstrap } = this.options;
    if (typeof bootstrap !== "object") return;
    try {
      // A copy: decoding freezes values, and what the caller holds is not ours to freeze.
      this.#adopt(
        FlagSet.of(decodeSnapshot(JSON.parse(JSON.stringify(bootstrap)), this.#warn), this.#warn),
        "bootstrap",
      );
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ConfigurationError("bootstrap", `Option 'bootstrap' must be a snapshot: ${reason}`, {
        cause,
      });
    }
    this.#confirmedAt = this.now();
  }

  #adopt(flags: FlagSet, source?: SnapshotSource): void {
    const before = this.flags;
    this.flags = flags;
    if (source !== undefined) this.#snapshotSource = source;
    for (const waiter of [...this.#waiters]) waiter.resolve();
    // Comparing costs as much as decoding did: only for those who listen.
    if (before === null || !this.#shares.hasUpdateListeners()) return;
    const keys = changedKeys(before, flags);
    if (keys.length > 0) this.#shares.notifyUpdate(Object.freeze(keys));
  }

  #firstFlags(timeout: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (action: () => void) => (): void => {
        this.#waiters.delete(waiter);
        waiter.cancel();
        action();
      };
      const waiter: Waiter = {
        resolve: settle(resolve),
        reject: (error) => settle(() => reject(error))(),
        // A caller waits for it: without it, a process that has nothing else to do would end in mid-wait.
        cancel: this.#runtime.scheduler.after(
          timeout,
          () => waiter.reject(notInitialized(`No flags within ${timeout} ms`, this.#lastError)),
          { keepAlive: true },
        ),
      };
      this.#waiters.add(waiter);
    });
  }

  #state(): ClientState {
    if (this.flags === null) {
      if (this.#lastError === undefined) return "NOT_READY";
      return isKeyRejected(this.#lastError) ? "FATAL" : "ERROR";
    }
    const age = this.now() - this.#confirmedAt;
    switch (this.#mode) {
      case "streaming":
        return age > STREAM_STALE_AFTER ? "STALE" : "READY";
      case "polling":
        return age > 3 * this.options.pollInterval ? "STALE" : "READY";
      case "lazy":
        return age > this.options.maxAge && this.#lastError !== undefined ? "STALE" : "READY";
      default:
        return "READY";
    }
  }

  #reportStatus(): void {
    const now = `${this.#state()} ${this.#mode} ${this.#lastError?.message ?? ""}`;
    if (now === this.#lastReported) return;
    this.#lastReported = now;
    if (this.#shares.hasStatusListeners()) this.#shares.notifyStatus(this.status);
  }
}

const EMPTY_SNAPSHOT: Snapshot = { environment: "", version: 0, flags: [], segments: [] };

function isKeyRejected(error: FeatureflipError | undefined): boolean {
  return error instanceof HttpError && error.keyRejected;
}

function notInitialized(what: string, cause: unknown): InitializationError {
  if (cause === undefined) return new InitializationError(`${what}; the client goes on trying`);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new InitializationError(`${what}: ${reason}`, { cause });
}
