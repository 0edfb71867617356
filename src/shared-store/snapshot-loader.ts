import { takeFlag } from "../contract/flag.ts";
import type { PendingFlag } from "../contract/flag.ts";
import { decodeSnapshot } from "../contract/snapshot.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import type { HttpClient } from "../http/http-client.ts";
import type { Logger, Warn } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Deadline, Scheduler } from "../runtime/scheduler.ts";
import type { DataSink } from "../store/flag-state.ts";

/** What tells that the service sends a snapshot again. */
export interface SnapshotIdentity {
  /** The response's `ETag`, if it had one. */
  readonly etag?: string | undefined;
  /** Its JSON: an equal text is not decoded again. */
  readonly text?: string | undefined;
}

/** A loaded snapshot, or the confirmation that the held one is current. */
export interface LoadedSnapshot extends SnapshotIdentity {
  /** `undefined`: the held snapshot is as new. */
  readonly snapshot: Snapshot<PendingFlag> | undefined;
  /** When the service sent or confirmed it, in ms since the epoch; `undefined` when it just did. */
  readonly storedAt?: number | undefined;
}

/** Options of one load. Those of {@linkcode SnapshotIdentity} are the held snapshot's, if the service sent exactly that. */
export interface LoadOptions extends SnapshotIdentity {
  /** How old a stored snapshot may be to be used, in ms; without it the service is asked in any case. */
  readonly maxAge?: number | undefined;
  /** For the whole load; without it, each call has its own time limit. */
  readonly deadline?: Deadline | undefined;
  /** Receives a stored snapshot that is newer than the held one but older than `maxAge`: to serve until the load is done. */
  readonly onStored?: ((stored: LoadedSnapshot) => void) | undefined;
  /** Whether a request waits for the load. By default one does while there is nothing to serve. */
  readonly isAwaited?: (() => boolean) | undefined;
  /** Receives the write to the shared store, for which the response need not wait. It never rejects. */
  readonly afterResponse?: ((work: Promise<void>) => void) | undefined;
}

/** Loads snapshots: from the service, or from a shared store in front of it (contract §8). */
export interface SnapshotLoader {
  /** @throws {FeatureflipError} when the service had to be asked, and failed. */
  load(options: LoadOptions): Promise<LoadedSnapshot>;
}

/** Loads snapshots with a shared store. */
export interface StoreLoader extends SnapshotLoader {
  /** Whether one process at a time can be chosen to refresh. */
  readonly canLock: boolean;
  /** Reads the store alone; `undefined` when it has nothing newer than the held snapshot. Never rejects. */
  stored(options: Pick<LoadOptions, "etag" | "text" | "deadline">): Promise<LoadedSnapshot | undefined>;
  /** Returns a sink for what a stream brings: it passes everything on to `sink`, and the store follows (contract §8). */
  follow(sink: DataSink): DataSink;
  /** Calls `onChange` after writes of others, where the store can tell. Returns a function that ends that. */
  watch(onChange: () => void): () => void;
  /** Waits for the last write, `timeout` ms at most. Afterwards no call begins and no timer is left. */
  close(timeout: number): Promise<void>;
}

/** What a store needs from the client that opens it. */
export interface StoreContext {
  readonly http: Pick<HttpClient, "getSnapshot">;
  readonly sink: DataSink;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly runtime: Pick<Runtime, "hasBackground">;
  readonly sdkKey: string;
  readonly baseUrl: string;
  /** How often the client refreshes, in ms: its poll interval, or in lazy mode its `maxAge`. */
  readonly interval: number;
  readonly maxAge: number;
}

/**
 * The method `~open1` of a store, by which a client opens it. The number rises when {@linkcode StoreContext} or
 * {@linkcode StoreLoader} change: the store may come from another copy of the package.
 */
export type OpenStore = (context: StoreContext) => StoreLoader;

/**
 * Creates the loader of a client without a shared store.
 *
 * @param newestVersion Returns the newest version that the client holds, for a relay that may be behind (contract §4).
 */
export function createServiceLoader(
  http: Pick<HttpClient, "getSnapshot">,
  warn: Warn,
  newestVersion?: () => number | undefined,
): SnapshotLoader {
  return {
    async load({ etag, text, deadline }) {
      const { json, ...identity } = await http.getSnapshot({
        etag,
        text,
        timeout: deadline && Math.max(1, deadline.remaining()),
        lastVersion: newestVersion?.(),
      });
      const snapshot = json === undefined ? undefined : decodeSnapshot(json, warn, takeFlag);
      return { snapshot, ...identity };
    },
  };
}
