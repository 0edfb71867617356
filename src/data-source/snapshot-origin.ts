import type { Warn } from "../contract/decode.ts";
import { decodeSnapshot } from "../contract/snapshot.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import type { StoredSnapshot } from "../store/stored-snapshot.ts";
import type { DataSourceContext } from "./create-data-source.ts";

/** What came of looking for a snapshot. */
export interface SnapshotAnswer {
  /** `undefined`: what is held is as new. */
  readonly snapshot: Snapshot | undefined;
  readonly etag: string | undefined;
  /** When the service said so, in ms since the epoch, if it did not just say it itself. */
  readonly storedAt: number | undefined;
  /** Ends once the store has been told too, if it is told; never rejects. The caller's answer need not wait for it. */
  readonly stored: Promise<void> | undefined;
}

/** What one look for a snapshot brings along; times in ms. */
export interface LookOptions {
  /** Of what is held, if that is what the service sent and nothing else. */
  readonly etag: string | undefined;
  /** For the whole of it; the time-outs of each call by default. */
  readonly timeout?: number | undefined;
}

/** Where snapshots come from: the service, and in front of it a shared store, if there is one (contract §8). */
export interface SnapshotOrigin {
  /** Whether there is a store. */
  readonly isShared: boolean;
  /** How soon it is worth looking again for something newer than what was found too old, in ms. */
  readonly lookAgainAfter: number;
  /** From the store alone, however old; `undefined` when it has nothing newer than what is held. Never rejects. */
  stored(options: LookOptions): Promise<SnapshotAnswer | undefined>;
  /** From the store if that has one younger than `maxAge` (ms), or if somebody else is about to put one there. */
  look(options: LookOptions & { readonly maxAge: number }): Promise<SnapshotAnswer>;
  /** From the service, whatever the store has. */
  fetch(options: LookOptions): Promise<SnapshotAnswer>;
}

/** Who reads a store that can't lock leaves the service to its writer for so long (contract §8). */
const WRITER_MS = 300_000;

/** How long the lock is kept by one that does not give it back. */
const LOCK_MS = 4000;

/** How soon a newer snapshot may be expected of somebody else who asks the service for it. */
const SOON_MS = 1000;

/** How long one with nothing to serve looks out for it, and how often. */
const LOOKOUT_MS = 500;
const LOOK_EVERY_MS = 50;

interface Found {
  readonly stored: StoredSnapshot;
  readonly answer: SnapshotAnswer;
}

/** Makes it. What it keeps is plain data: nothing of one request is touched by another (contract §6.1). */
export function createSnapshotOrigin(
  { http, sink, scheduler, shared }: Pick<DataSourceContext, "http" | "sink" | "scheduler" | "shared">,
  warn: Warn,
): SnapshotOrigin {
  /** Asks the service, by its `ETag` about what was found if anything was; what it says is stored. */
  async function ask({ etag, timeout }: LookOptions, found?: Found): Promise<SnapshotAnswer> {
    const fetchedAt = scheduler.now();
    const answer = await http.getSnapshot({ etag: found === undefined ? etag : found.stored.etag, timeout });
    if (answer.json !== undefined) {
      const snapshot = decodeSnapshot(answer.json, warn);
      const body = shared && JSON.stringify(answer.json);
      const written = body && shared?.write({ fetchedAt, etag: answer.etag, body });
      return { snapshot, etag: answer.etag, storedAt: undefined, stored: written || undefined };
    }
    if (found === undefined) {
      return { snapshot: undefined, etag, storedAt: undefined, stored: undefined };
    }
    return {
      snapshot: found.answer.snapshot,
      etag: found.stored.etag,
      storedAt: undefined,
      stored: shared?.write({ ...found.stored, fetchedAt }),
    };
  }

  function isYounger({ fetchedAt }: StoredSnapshot, maxAge: number): boolean {
    return scheduler.now() - fetchedAt < maxAge;
  }

  /** What a stored snapshot means to the caller; `undefined` when it is no use. */
  function answerFrom(stored: StoredSnapshot, etag: string | undefined): SnapshotAnswer | undefined {
    const held = sink.held();
    if (held !== undefined && (stored.fetchedAt <= held.at || (etag !== undefined && stored.etag === etag))) {
      const storedAt = Math.max(stored.fetchedAt, held.at);
      return { snapshot: undefined, etag, storedAt, stored: undefined };
    }
    const snapshot = decode(stored);
    if (snapshot === undefined) return undefined;
    if (held !== undefined && snapshot.version < held.version) {
      shared?.refuse("it is older than what the service said since");
      return undefined;
    }
    return { snapshot, etag: stored.etag, storedAt: stored.fetchedAt, stored: undefined };
  }

  function decode(stored: StoredSnapshot): Snapshot | undefined {
    try {
      return decodeSnapshot(JSON.parse(stored.body), warn);
    } catch (error) {
      shared?.refuse(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** What is stored and can be used, with what it means. */
  async function read(etag: string | undefined, timeout?: number): Promise<Found | undefined> {
    const stored = await shared?.read(timeout);
    const answer = stored && answerFrom(stored, etag);
    return stored && answer && { stored, answer };
  }

  return {
    isShared: shared !== undefined,
    lookAgainAfter: shared === undefined || !shared.canLock ? Infinity : SOON_MS,
    async stored({ etag, timeout }) {
      const found = await read(etag, timeout);
      return found?.answer.snapshot && found.answer;
    },
    async look(options) {
      if (shared === undefined) return await ask(options);
      const { etag, timeout, maxAge } = options;
      const due = scheduler.now() + (timeout ?? Infinity);
      const left = (): LookOptions => {
        return timeout === undefined ? { etag } : { etag, timeout: Math.max(1, due - scheduler.now()) };
      };
      let found = await read(etag, timeout && timeout / 2);
      if (found && isYounger(found.stored, shared.canLock ? maxAge : Math.max(maxAge, WRITER_MS))) {
        return found.answer;
      }
      if (!shared.canLock) return await ask(anew(left()), known(found, etag));

      const release = await shared.tryLock(LOCK_MS);
      if (release === undefined) {
        if (found !== undefined) return found.answer;
        const held = sink.held();
        if (held !== undefined) {
          return { snapshot: undefined, etag, storedAt: held.at, stored: undefined };
        }
        for (let waited = 0; waited < LOOKOUT_MS; waited += LOOK_EVERY_MS) {
          await new Promise<void>((resolve) => {
            scheduler.after(LOOK_EVERY_MS, resolve, { keepAlive: true });
          });
          found = await read(etag, left().timeout);
          if (found !== undefined) return found.answer;
        }
        return await ask(anew(left()));
      }
      // Who had the lock before may have written since.
      found = await read(etag, left().timeout);
      if (found && isYounger(found.stored, maxAge)) {
        return { ...found.answer, stored: release() };
      }
      // After a failure the lock is kept until it expires: an outage must not become a flood.
      const answer = await ask(anew(left()), known(found, etag));
      return { ...answer, stored: (answer.stored ?? Promise.resolve()).then(release) };
    },
    fetch: (options) => ask(shared === undefined ? options : anew(options)),
  };
}

/** Whoever is to write has to have all of it, which "nothing changed" would not bring. */
function anew({ timeout }: LookOptions): LookOptions {
  return { etag: undefined, timeout };
}

/** What the service may be asked about by its `ETag` alone: it has been decoded, now or when it came. */
function known(found: Found | undefined, etag: string | undefined): Found | undefined {
  const isDecoded = found?.stored.etag !== undefined &&
    (found.answer.snapshot !== undefined || found.stored.etag === etag);
  return isDecoded ? found : undefined;
}
