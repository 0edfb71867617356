import type { Warn } from "../contract/decode.ts";
import type { DataSourceContext } from "./create-data-source.ts";
import { createSnapshotOrigin } from "./snapshot-origin.ts";
import type { SnapshotAnswer, SnapshotOrigin } from "./snapshot-origin.ts";

/** What a load is about; times in ms. */
export interface LoadOptions {
  readonly timeout?: number;
  /** How old what a shared store has may be; without it the service is asked. */
  readonly maxAge?: number;
}

/** What came of a load. */
export interface Loaded {
  /** When the service last said that it is so, in ms since the epoch. */
  readonly at: number;
  /** Ends once a shared store has been told, if it is told; never rejects. */
  readonly stored: Promise<void> | undefined;
}

/**
 * Gets a snapshot and applies it. Many requests may do so at once, and none touches what another one made: what they
 * share is plain data (contract §6.1).
 */
export interface SnapshotLoader {
  readonly origin: SnapshotOrigin;
  /** Settles when the answer is applied, or dropped because that of a load begun later already is. */
  load(options?: LoadOptions): Promise<Loaded>;
  /** Applies what the shared store has, however old; `undefined` when that is nothing. Never rejects. */
  loadStored(timeout: number): Promise<Loaded | undefined>;
  /** From now on nothing is applied. */
  close(): void;
}

/** Makes a loader. */
export function createSnapshotLoader(
  context: Pick<DataSourceContext, "http" | "sink" | "scheduler" | "shared">,
  warn: Warn,
): SnapshotLoader {
  const { sink, scheduler } = context;
  const origin = createSnapshotOrigin(context, warn);
  let begun = 0;
  let applied = 0;
  let etag: string | undefined;

  function apply(mine: number, { snapshot, etag: newEtag, storedAt, stored }: SnapshotAnswer): Loaded {
    const loaded = { at: storedAt ?? scheduler.now(), stored };
    if (mine < applied) return loaded;
    if (snapshot !== undefined) {
      sink.replace(snapshot, storedAt === undefined ? "fetch" : "store", storedAt);
      etag = newEtag;
    }
    applied = mine;
    sink.confirm(storedAt);
    return loaded;
  }

  return {
    origin,
    async load({ timeout, maxAge } = {}) {
      const mine = ++begun;
      const answer = maxAge === undefined
        ? await origin.fetch({ etag, timeout })
        : await origin.look({ etag, timeout, maxAge });
      return apply(mine, answer);
    },
    async loadStored(timeout) {
      const mine = ++begun;
      const answer = await origin.stored({ etag, timeout });
      return answer && apply(mine, answer);
    },
    close() {
      applied = Infinity;
    },
  };
}
