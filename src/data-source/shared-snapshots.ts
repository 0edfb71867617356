import { FeatureflipError } from "../errors/featureflip-error.ts";
import { sanitize } from "../http/sanitize.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import { fingerprintOf } from "../store/fingerprint.ts";
import type { ReleaseLock, SharedStore } from "../store/shared-store.ts";
import { readStored, writeStored } from "../store/stored-snapshot.ts";
import type { StoredSnapshot } from "../store/stored-snapshot.ts";
import type { DataSink } from "./data-source.ts";
import { warnOnce } from "./warn-once.ts";

/**
 * A shared store as data sources use it (contract §8): every call has a deadline, none rejects, and a store that is down is
 * passed by for a while. It keeps plain data only.
 */
export interface SharedSnapshots {
  readonly canLock: boolean;
  /** What is stored for this SDK key and base URL; `undefined` for nothing that could be used. `timeout` in ms. */
  read(timeout?: number): Promise<StoredSnapshot | undefined>;
  /** Stores it, where the store can be written. */
  write(snapshot: StoredSnapshot): Promise<void>;
  /** Takes the lock for `ttl` ms; `undefined` when somebody else has it. A store that is down keeps nobody from anything. */
  tryLock(ttl: number): Promise<ReleaseLock | undefined>;
  /** Calls `onChange` when somebody has written, where the store can tell. */
  watch(onChange: () => void): () => void;
  /** Says that what was read could not be used after all, once for each reason. */
  refuse(reason: string): void;
}

/** What {@linkcode SharedSnapshots} work with. */
export interface SharedSnapshotsContext {
  readonly store: SharedStore;
  readonly sdkKey: string;
  readonly baseUrl: string;
  readonly sink: Pick<DataSink, "storeChanged">;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
}

/** How long one call to the store may take: somebody waits for it. */
const CALL_MS = 1000;

/** How long a write may take, which is made behind an answer, or by a writer that has nothing else to do. */
const WRITE_MS = 10_000;

/** How long a store that failed is passed by: requests must not wait for it one after the other. */
const PASS_BY_MS = 5000;

const NOTHING: ReleaseLock = () => Promise.resolve();

/** Makes it. Nothing is done before the first call. */
export function createSharedSnapshots(context: SharedSnapshotsContext): SharedSnapshots {
  const { store, sdkKey, baseUrl, sink, scheduler, logger } = context;
  const warn = warnOnce(logger);
  let fingerprint: string | undefined;
  let downSince: number | undefined;
  let isDown = false;

  /** Calls the store; `undefined` when it is passed by, or failed. */
  async function call<T>(
    what: string,
    work: () => Promise<T>,
    timeout: number,
    late?: (value: T) => void,
  ): Promise<T | undefined> {
    if (downSince !== undefined) {
      const passed = scheduler.now() - downSince;
      if (passed >= 0 && passed < PASS_BY_MS) return undefined;
    }
    try {
      const value = await within(scheduler, timeout, work, late);
      downSince = undefined;
      if (isDown) {
        isDown = false;
        logger.info("The shared store works again");
        sink.storeChanged(undefined);
      }
      return value;
    } catch (error) {
      downSince = scheduler.now();
      const reason = sanitize(error instanceof Error ? error.message : `it threw a ${typeof error}`, sdkKey);
      const message = `The shared store could not be ${what}: ${reason}`;
      if (!isDown) logger.warn(`${message}. It is passed by meanwhile`);
      isDown = true;
      sink.storeChanged(new FeatureflipError("STORE_FAILED", message));
      return undefined;
    }
  }

  function refuse(reason: string): void {
    warn(`What the shared store has is not used: ${sanitize(reason, sdkKey)}`);
  }

  async function ownFingerprint(): Promise<string> {
    return fingerprint ??= await fingerprintOf(sdkKey, baseUrl);
  }

  return {
    canLock: store.tryLock !== undefined,
    refuse,
    async read(timeout = CALL_MS) {
      const text = await call("read", () => store.get(), Math.min(timeout, CALL_MS));
      if (text === undefined || text === null) return undefined;
      const stored = readStored(text, await ownFingerprint(), scheduler.now());
      if (typeof stored !== "string") return stored;
      refuse(stored);
      return undefined;
    },
    async write(snapshot) {
      if (store.set === undefined) return;
      const own = await ownFingerprint();
      await call("written", async () => await store.set!(writeStored(snapshot, own)), WRITE_MS);
    },
    async tryLock(ttl) {
      const release = await call(
        "locked",
        async () => await store.tryLock!(ttl),
        CALL_MS,
        (late) => void late?.().catch(() => {}),
      );
      if (release === null) return undefined;
      if (release === undefined) return NOTHING;
      return async () => {
        await call("unlocked", release, CALL_MS);
      };
    },
    watch(onChange) {
      try {
        return store.watch?.(onChange) ?? (() => {});
      } catch (error) {
        const reason = error instanceof Error ? error.message : `it threw a ${typeof error}`;
        warn(`The shared store can not be watched: ${sanitize(reason, sdkKey)}`);
        return () => {};
      }
    },
  };
}

/** Settles with `work`, or rejects after `ms`; what comes `late` is handed over. */
function within<T>(
  scheduler: Scheduler,
  ms: number,
  work: () => Promise<T>,
  late?: (value: T) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const cancel = scheduler.after(ms, () => {
      isLate = true;
      reject(new Error(`nothing within ${ms} ms`));
    }, { keepAlive: true });
    // In a function of its own: a store may throw before it has a promise to give.
    (async () => await work())().then((value) => {
      cancel();
      if (isLate) late?.(value);
      else resolve(value);
    }, (error) => {
      cancel();
      reject(error);
    });
  });
}
