import { LOCK_HOLDER_WAIT_MS, REFRESH_LOCK_MS, WRITER_GRACE_MS } from "../contract/limits.ts";
import { PayloadError } from "../contract/payload-error.ts";
import { decodeSnapshot } from "../contract/snapshot.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import type { DataSourceContext } from "../data-source/data-source.ts";
import type { Warn } from "../runtime/logger.ts";
import { pollUntil } from "../runtime/scheduler.ts";
import type { StoredSnapshot } from "./envelope.ts";
import type { ReleaseLock } from "./shared-store.ts";

/** What came of looking for a snapshot. */
export interface SnapshotAnswer {
  /** `undefined`: what is held is as new. */
  readonly snapshot: Snapshot | undefined;
  readonly etag: string | undefined;
  /** When the service said so, in ms since the epoch, if it did not just say it itself. */
  readonly storedAt: number | undefined;
}

/** What one look for a snapshot brings along; times in ms. */
export interface LookOptions {
  /** Of what is held, if that is what the service sent and nothing else. */
  readonly etag: string | undefined;
  /** For the whole of it; the time-outs of each call by default. */
  readonly timeout?: number | undefined;
  /** How old what a shared store has may be; without it the service is asked, whatever the store has. */
  readonly maxAge?: number | undefined;
  /** Is handed the telling of the shared store, for which the caller's answer need not wait. It never rejects. */
  readonly behind?: ((work: Promise<void>) => void) | undefined;
}

/** Where snapshots come from: the service, and in front of it a shared store, if there is one (contract §8). */
export interface SnapshotLoader {
  /** From the store alone, however old; `undefined` when it has nothing newer than what is held. Never rejects. */
  stored(options: LookOptions): Promise<SnapshotAnswer | undefined>;
  /** From a store that has one young enough, or that somebody else is about to put one into, or from the service. */
  get(options: LookOptions): Promise<SnapshotAnswer>;
}

/** What is stored and can be used, and what it means. */
interface Found extends SnapshotAnswer {
  readonly stored: StoredSnapshot;
}

/** Makes it. What it keeps is plain data: nothing of one request is touched by another (contract §6.1). */
export function createSnapshotLoader(
  { http, sink, scheduler, shared }: Pick<DataSourceContext, "http" | "sink" | "scheduler" | "shared">,
  warn: Warn,
): SnapshotLoader {
  async function read(etag: string | undefined, timeout: number | undefined): Promise<Found | undefined> {
    const stored = await shared?.read(timeout);
    if (stored === undefined) return undefined;
    const held = sink.held();
    if (held !== undefined && (stored.fetchedAt <= held.at || (etag !== undefined && stored.etag === etag))) {
      return { stored, snapshot: undefined, etag, storedAt: Math.max(stored.fetchedAt, held.at) };
    }
    try {
      const snapshot = decodeSnapshot(JSON.parse(stored.body), warn);
      if (held !== undefined && snapshot.version < held.version) {
        throw new PayloadError("version", "is older than what the service said since");
      }
      return { stored, snapshot, etag: stored.etag, storedAt: stored.fetchedAt };
    } catch (error) {
      shared?.refuse(error);
      return undefined;
    }
  }

  /** Asks the service, and tells the store what it said; then gives the lock back. */
  async function ask(
    { etag, timeout, behind }: LookOptions,
    found?: Found,
    release?: ReleaseLock,
  ): Promise<SnapshotAnswer> {
    const fetchedAt = scheduler.now();
    const known = shared === undefined ? etag : knownEtag(found, etag);
    const { text, json, etag: newEtag } = await http.getSnapshot({ etag: known, timeout });
    const snapshot = text === undefined ? found?.snapshot : decodeSnapshot(json, warn);
    if (shared !== undefined) {
      const body = text ?? found!.stored.body;
      const told = shared.write({ fetchedAt, etag: newEtag, body }, release);
      behind?.(told);
    }
    return { snapshot, etag: newEtag, storedAt: undefined };
  }

  return {
    async stored({ etag, timeout }) {
      const found = await read(etag, timeout);
      return found?.snapshot && found;
    },
    async get(options) {
      const { etag, timeout = Infinity, maxAge, behind } = options;
      if (shared === undefined || maxAge === undefined) return await ask(options);
      const start = scheduler.now();
      const left = (): number => Math.max(1, start + timeout - scheduler.now());
      // From half of the time on a slow store is left alone, or there would be none for the service.
      const isInTime = (): boolean => scheduler.now() - start < timeout / 2;
      const readInTime = (): Promise<Found | undefined> | undefined =>
        isInTime() ? read(etag, left()) : undefined;
      let found = await read(etag, timeout / 2);
      let release: ReleaseLock | undefined;
      if (isYounger(shared.canLock ? maxAge : Math.max(maxAge, WRITER_GRACE_MS))) return found!;
      if (shared.canLock && isInTime()) {
        release = await shared.tryLock(REFRESH_LOCK_MS);
        if (release === undefined) {
          const held = sink.held();
          if (found === undefined && held !== undefined) {
            return { snapshot: undefined, etag, storedAt: held.at };
          }
          const most = Math.min(LOCK_HOLDER_WAIT_MS, start + timeout / 2 - scheduler.now());
          found ??= await pollUntil(scheduler, most, readInTime);
          if (found !== undefined) return found;
        } else {
          // Who had the lock before may have written since.
          found = await readInTime() ?? found;
          if (isYounger(maxAge)) {
            behind?.(release());
            return found!;
          }
        }
      }
      // After a failure the lock is kept until it expires: an outage must not become a flood.
      return await ask({ ...options, timeout: left() }, found, release);

      function isYounger(age: number): boolean {
        return found !== undefined && scheduler.now() - found.stored.fetchedAt < age;
      }
    },
  };
}

/**
 * What the service may be asked about by its `ETag` alone where there is a store, and all of it has to be written: what is
 * stored, if it has been decoded, now or when it came.
 */
function knownEtag(found: Found | undefined, etag: string | undefined): string | undefined {
  const isDecoded = found !== undefined && (found.snapshot !== undefined || found.stored.etag === etag);
  return isDecoded ? found.stored.etag : undefined;
}
