import type { Warn } from "../contract/decode.ts";
import { decodeSnapshot } from "../contract/snapshot.ts";
import type { DataSourceContext } from "./create-data-source.ts";

/**
 * Fetches a snapshot and applies it. Many requests may do so at once, and none touches what another one made: what they
 * share is plain data (contract §6.1).
 */
export interface SnapshotLoader {
  /** Settles when the answer is applied, or dropped because that of a load begun later already is; `timeout` in ms. */
  load(options?: { readonly timeout?: number }): Promise<void>;
  /** From now on nothing is applied. */
  close(): void;
}

/** Makes a loader. */
export function createSnapshotLoader(
  { http, sink }: Pick<DataSourceContext, "http" | "sink">,
  warn: Warn,
): SnapshotLoader {
  let begun = 0;
  let applied = 0;
  let etag: string | undefined;
  return {
    async load({ timeout } = {}) {
      const mine = ++begun;
      const answer = await http.getSnapshot({ etag, timeout });
      if (mine < applied) return;
      if (answer.json !== undefined) {
        sink.replace(decodeSnapshot(answer.json, warn), "fetch");
        etag = answer.etag;
      }
      applied = mine;
      sink.confirm();
    },
    close() {
      applied = Infinity;
    },
  };
}
