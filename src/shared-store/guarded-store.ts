import { FeatureflipError } from "../errors/featureflip-error.ts";
import { describeCause, sanitize } from "../http/redact.ts";
import { callGuarded } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import { warnOnce } from "../runtime/once.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { withTimeout } from "../runtime/scheduler.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import type { DataSink } from "../store/flag-state.ts";
import { fingerprintOf, readStored, writeStored } from "./envelope.ts";
import type { StoredSnapshot } from "./envelope.ts";
import type { ReleaseLock, SharedStore } from "./shared-store.ts";

/**
 * A shared store as data sources use it (contract §8): every call has a deadline, none rejects, and a store that is down is
 * passed by for a while. It keeps plain data only.
 */
export interface GuardedStore {
  readonly canLock: boolean;
  /** What is stored for this SDK key and base URL; `undefined` for nothing that could be used. `timeout` in ms. */
  read(timeout?: number): Promise<StoredSnapshot | undefined>;
  /** Stores it, where the store can be written, and gives the lock back. */
  write(snapshot: StoredSnapshot, release?: ReleaseLock): Promise<void>;
  /** Takes the lock for `ttl` ms; `undefined` when somebody else has it. A store that is down keeps nobody from anything. */
  tryLock(ttl: number): Promise<ReleaseLock | undefined>;
  /** Calls `onChange` when somebody has written, where the store can tell. */
  watch(onChange: () => void): () => void;
  /** Says that what was read could not be used after all, once for each reason. */
  refuse(reason: unknown): void;
  /** Waits until what is being written has been, `timeout` ms at most. No call begins afterwards, and no timer is left. */
  close(timeout: number): Promise<void>;
}

/** What {@linkcode GuardedStore} work with. */
export interface GuardedStoreContext {
  readonly store: SharedStore;
  readonly sdkKey: string;
  readonly baseUrl: string;
  readonly sink: Pick<DataSink, "storeChanged">;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly runtime: Pick<Runtime, "hasBackground">;
}

/** How long one call to the store may take: somebody waits for it. */
const CALL_MS = 1000;

/** How long a write may take, which is made behind an answer, or by a writer that has nothing else to do. */
const WRITE_MS = 10_000;

/** How long a store that failed is passed by: requests must not wait for it one after the other. */
const PASS_BY_MS = 5000;

/** Makes it. Nothing is done before the first call. */
export function createGuardedStore(context: GuardedStoreContext): GuardedStore {
  const { store, sdkKey, baseUrl, sink, scheduler, logger, runtime } = context;
  const warn = warnOnce((message) => logger.warn(message));
  let fingerprint: string | undefined;
  /** When it failed last, if it has not worked since. */
  let downSince = -Infinity;
  /** The write that began last, which `close()` waits for, and what ends all that is waited for then. */
  let writing: Promise<void> | undefined;
  const endings = new Set<(value: undefined) => void>();
  let closed = false;

  /** Calls the store; `undefined` when it is passed by, or failed. */
  async function call<T>(done: string, work: () => Promise<T>, timeout = CALL_MS): Promise<T | undefined> {
    const passed = scheduler.now() - downSince;
    if (closed || (passed >= 0 && passed < PASS_BY_MS)) return undefined;
    let end!: (value: undefined) => void;
    const answer = new Promise<T | undefined>((resolve, reject) => {
      end = resolve;
      // In a function of its own: a store may throw before it has a promise to give.
      (async () => await work())().then(resolve, reject);
    });
    // What a Worker's request made, another one must not touch (contract §6.1).
    if (runtime.hasBackground) endings.add(end);
    try {
      const value = await withTimeout(answer, timeout, scheduler, () => {
        throw new Error(`nothing within ${timeout} ms`);
      });
      if (!closed && downSince > -Infinity) {
        downSince = -Infinity;
        logger.info("The shared store works again");
        sink.storeChanged(undefined);
      }
      return value;
    } catch (error) {
      const message = `The shared store could not be ${done}: ${describe(error)}`;
      if (downSince === -Infinity) logger.warn(`${message}. It is passed by meanwhile`);
      downSince = scheduler.now();
      sink.storeChanged(new FeatureflipError("STORE_FAILED", message));
      return undefined;
    } finally {
      endings.delete(end);
    }
  }

  function describe(error: unknown): string {
    return sanitize(describeCause(error), sdkKey);
  }

  function refuse(reason: unknown): void {
    warn(`What the shared store has is not used: ${describe(reason)}`);
  }

  async function ownFingerprint(): Promise<string> {
    return fingerprint ??= await fingerprintOf(sdkKey, baseUrl);
  }

  async function put(snapshot: StoredSnapshot, release: ReleaseLock | undefined): Promise<void> {
    if (store.set !== undefined) {
      const own = await ownFingerprint();
      await call("written", async () => await store.set!(writeStored(snapshot, own)), WRITE_MS);
    }
    await release?.();
  }

  return {
    canLock: store.tryLock !== undefined,
    refuse,
    async read(timeout = CALL_MS) {
      const text = await call("read", () => store.get(), Math.min(timeout, CALL_MS));
      if (text === undefined || text === null) return undefined;
      const own = await ownFingerprint();
      try {
        return readStored(text, own, scheduler.now());
      } catch (error) {
        refuse(error);
        return undefined;
      }
    },
    write(snapshot, release) {
      const work = put(snapshot, release);
      if (runtime.hasBackground) writing = work;
      return work;
    },
    async tryLock(ttl) {
      let isLate = false;
      const release = await call("locked", async () => {
        const lock = await store.tryLock!(ttl);
        if (isLate && !closed) lock?.().catch(() => {});
        return lock;
      });
      isLate = true;
      if (release === null) return undefined;
      return async () => {
        if (release !== undefined) await call("unlocked", release);
      };
    },
    watch(onChange) {
      let unwatch: (() => void) | undefined;
      callGuarded(
        () => void (unwatch = store.watch?.(onChange)),
        (error) => warn(`The shared store can not be watched: ${describe(error)}`),
      );
      return () => callGuarded(() => unwatch?.(), () => {});
    },
    async close(timeout) {
      await withTimeout(Promise.resolve(writing), timeout, scheduler, () => {});
      closed = true;
      for (const end of endings) end(undefined);
    },
  };
}
