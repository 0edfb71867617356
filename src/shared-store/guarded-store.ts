import { FeatureflipError } from "../errors/featureflip-error.ts";
import { describeCause, sanitize } from "../http/redact.ts";
import { callGuarded } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import { warnOnce } from "../runtime/once.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { withTimeout } from "../runtime/scheduler.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import type { DataSink } from "../store/flag-state.ts";
import type { ReleaseLock, SharedStore } from "./shared-store.ts";

/** Options of a {@linkcode GuardedStore}. */
export interface GuardedStoreOptions {
  readonly store: SharedStore;
  /** Removed from every message. */
  readonly sdkKey: string;
  readonly sink: Pick<DataSink, "storeChanged">;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly runtime: Pick<Runtime, "hasBackground">;
}

/** The operations whose failures are counted apart (contract §8). */
type Operation = "reading" | "writing" | "locking";

interface Outage {
  /** When the operation failed last, in ms since the epoch. */
  readonly failedAt: number;
  readonly error: FeatureflipError;
  /** Why it failed, for the log. */
  readonly reason: string;
  /** Whether this outage was logged, and so its end will be. */
  readonly isLogged: boolean;
}

/** The longest read or lock, in ms: a request waits for it. */
const CALL_MS = 1000;

/** The longest write, in ms. No request waits for it. */
const WRITE_MS = 10_000;

/** How long an operation that failed is skipped, in ms: requests must not wait for it one after the other. */
const SKIP_MS = 5000;

/**
 * A shared store that can't do harm (contract §8): each call has a time limit, none rejects, and an operation that failed is
 * skipped for a while. Reading, writing and locking fail and recover separately. It keeps plain data only.
 */
export class GuardedStore {
  readonly canLock: boolean;
  readonly canWrite: boolean;
  readonly #options: GuardedStoreOptions;
  readonly #warn: (message: string) => void;
  readonly #outages = new Map<Operation, Outage>();
  /** Ends the calls that are waited for. */
  readonly #endings = new Set<(value: undefined) => void>();
  /** The write that began last, for which `close()` waits. */
  #writing: Promise<unknown> | undefined;
  #closed = false;

  constructor(options: GuardedStoreOptions) {
    this.#options = options;
    this.canLock = options.store.tryLock !== undefined;
    this.canWrite = options.store.set !== undefined;
    this.#warn = warnOnce((message) => options.logger.warn(message));
  }

  /** Reads what is stored; `null` for nothing, `undefined` when the store failed or is skipped. */
  async read(name: string, timeout: number = CALL_MS): Promise<unknown> {
    return await this.#call("reading", () => this.#options.store.get(name), Math.min(timeout, CALL_MS));
  }

  /** Writes a text once it has been made, where the store can be written, and releases the lock. Resolves with whether it was written. */
  write(name: string, make: () => Promise<string>, release?: ReleaseLock): Promise<boolean> {
    const work = this.#write(name, make).finally(release);
    if (this.#options.runtime.hasBackground) this.#writing = work;
    return work;
  }

  /** Takes a lock for `ttl` ms; `null` when somebody else has it, `undefined` when the store failed or is skipped. */
  async tryLock(name: string, ttl: number): Promise<ReleaseLock | null | undefined> {
    let isLate = false;
    const release = await this.#call("locking", async () => {
      const lock = await this.#options.store.tryLock!(name, ttl);
      // The caller no longer waits, and the lock would keep others from refreshing.
      if (isLate && !this.#closed) lock?.().catch(() => {});
      return lock;
    });
    isLate = true;
    return release && (async () => void await this.#call("locking", release));
  }

  /** Calls `onChange` after writes of others, where the store can tell. Returns a function that ends that. */
  watch(name: string, onChange: () => void): () => void {
    let unwatch: (() => void) | undefined;
    callGuarded(
      () => void (unwatch = this.#options.store.watch?.(name, onChange)),
      (error) => this.#warn(`Shared store: watching failed: ${this.#describe(error)}`),
    );
    return () => callGuarded(() => unwatch?.(), () => {});
  }

  /** Warns that a stored snapshot is ignored, once for each reason. */
  reject(reason: unknown): void {
    this.#warn(`Shared store: ignoring the stored snapshot: ${this.#describe(reason)}`);
  }

  /** Waits for the last write, `timeout` ms at most. Afterwards no call begins and no timer is left. */
  async close(timeout: number): Promise<void> {
    await withTimeout(Promise.resolve(this.#writing), timeout, this.#options.scheduler, () => {});
    this.#closed = true;
    for (const end of this.#endings) end(undefined);
  }

  async #write(name: string, make: () => Promise<string>): Promise<boolean> {
    const { store } = this.#options;
    if (store.set === undefined) return false;
    const isWritten = await this.#call("writing", async () => {
      await store.set!(name, await make());
      return true;
    }, WRITE_MS);
    return isWritten === true;
  }

  async #call<T>(
    operation: Operation,
    work: () => Promise<T>,
    timeout: number = CALL_MS,
  ): Promise<T | undefined> {
    const { scheduler, runtime } = this.#options;
    // A date ahead of now counts for nothing: the clock was set back since.
    const passed = scheduler.now() - (this.#outages.get(operation)?.failedAt ?? -Infinity);
    if (this.#closed || (passed >= 0 && passed < SKIP_MS)) return undefined;
    let end!: (value: undefined) => void;
    const result = new Promise<T | undefined>((resolve, reject) => {
      end = resolve;
      // In a function of its own: a store may throw before it returns a promise.
      (async () => await work())().then(resolve, reject);
    });
    // A Worker's request must not touch promises of another (contract §6.1).
    if (runtime.hasBackground) this.#endings.add(end);
    try {
      const value = await withTimeout(result, timeout, scheduler, () => {
        throw new Error(`no answer within ${timeout} ms`);
      });
      if (!this.#closed) this.#succeed(operation);
      return value;
    } catch (error) {
      this.#fail(operation, this.#describe(error));
      return undefined;
    } finally {
      this.#endings.delete(end);
    }
  }

  #succeed(operation: Operation): void {
    const outage = this.#outages.get(operation);
    if (outage === undefined) return;
    this.#outages.delete(operation);
    if (outage.isLogged) this.#options.logger.info(`Shared store: ${operation} works again`);
    this.#report();
  }

  #fail(operation: Operation, reason: string): void {
    const before = this.#outages.get(operation);
    const error = new FeatureflipError("STORE_FAILED", `Shared store: ${operation} failed: ${reason}`);
    // A read-only replica refuses both locks and writes: they count as one outage.
    const isKnown = [...this.#outages.values()].some((other) => other.isLogged && other.reason === reason);
    const isLogged = before?.isLogged ?? !isKnown;
    if (before === undefined && isLogged) {
      this.#options.logger.warn(`${error.message}. Skipping it for ${SKIP_MS / 1000} s at a time`);
    }
    this.#outages.set(operation, {
      failedAt: this.#options.scheduler.now(),
      error: before?.error.message === error.message ? before.error : error,
      reason,
      isLogged,
    });
    this.#report();
  }

  /** The status tells of the outage that began first. */
  #report(): void {
    const [outage] = this.#outages.values();
    this.#options.sink.storeChanged(outage?.error);
  }

  #describe(error: unknown): string {
    return sanitize(describeCause(error), this.#options.sdkKey);
  }
}
