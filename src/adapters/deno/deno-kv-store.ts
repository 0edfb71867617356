import { MAX_LOCK_MS } from "../../contract/limits.ts";
import { checkOptions } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { kindOf } from "../../errors/format.ts";
import type { ReleaseLock, SnapshotStore } from "../../shared-store/shared-store.ts";
import { PREFIX, sharedStore } from "../stores/shared-store.ts";

/** An entry of Deno KV. */
export interface DenoKvEntryLike {
  /** The key. */
  readonly key: readonly unknown[];
  /** The value; `null` when there is none. */
  readonly value: unknown;
  /** Changes with every write; `null` when there is no value. */
  readonly versionstamp: string | null;
}

/** The part of an atomic operation of Deno KV that a store needs. */
export interface DenoKvAtomicLike {
  /** Adds a condition. */
  check(entry: { readonly key: string[]; readonly versionstamp: string | null }): DenoKvAtomicLike;
  /** Writes a value. */
  set(key: (string | number)[], value: unknown, options?: { readonly expireIn?: number }): DenoKvAtomicLike;
  /** Deletes a value. */
  delete(key: (string | number)[]): DenoKvAtomicLike;
  /** Does all of it, or nothing. The versionstamp is that of the written values. */
  commit(): Promise<{ readonly ok: boolean; readonly versionstamp?: string }>;
}

/** The part of a `Deno.Kv` that a store needs. */
export interface DenoKvLike {
  /** Reads one value. */
  get(key: string[]): Promise<DenoKvEntryLike>;
  /** Reads all values whose keys have a prefix, in order: from `start` on, or up to `end`. */
  list(
    selector: {
      readonly prefix: (string | number)[];
      readonly start?: (string | number)[];
      readonly end?: (string | number)[];
    },
  ): AsyncIterable<DenoKvEntryLike>;
  /** Begins an atomic operation. */
  atomic(): DenoKvAtomicLike;
  /** Streams one value: as it is, then after each change. */
  watch(keys: readonly [string[]]): ReadableStream<unknown>;
}

/** Options of {@linkcode denoKvStore}. */
export interface DenoKvStoreOptions {
  /** The beginning of the first part of all keys; `"featureflip:"` by default. */
  readonly prefix?: string | undefined;
}

/** A value may have 64 KiB, its framing included. */
const CHUNK_BYTES = 60_000;

/** The number of chunks in one atomic operation, which may have 800 KiB. */
const BATCH = 10;

/** The number of deletions in one atomic operation, which may have 1,000 changes. */
const DELETIONS = 500;

interface Head {
  readonly version: string;
  readonly chunks: number;
}

/**
 * Keeps snapshots in Deno KV, in chunks if one is larger than a value may be. Readers see the old snapshot or the new one,
 * never a mixture; servers are notified of each change.
 *
 * @throws {ConfigurationError} when `kv` is not a Deno KV, or an option is wrong or unknown.
 *
 * @example
 * ```ts ignore
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { denoKvStore } from "@featureflip/sdk/deno";
 *
 * const client = new FeatureflipClient({ mode: "polling", store: denoKvStore(await Deno.openKv()) });
 * ```
 */
export function denoKvStore(
  kv: DenoKvLike,
  options: DenoKvStoreOptions = {},
): SnapshotStore {
  if (typeof kv?.atomic !== "function") {
    throw new ConfigurationError(
      "kv",
      `Cannot use denoKvStore(): 'kv' must be a Deno KV, but is ${kindOf(kv)}: pass 'await Deno.openKv()'`,
    );
  }
  const { prefix } = checkOptions("use denoKvStore()", options, { prefix: PREFIX });
  const headKey = (name: string): string[] => [prefix + name, "head"];
  const chunkKey = (name: string, version: string, index: number): (string | number)[] => [
    prefix + name,
    "chunk",
    version,
    index,
  ];

  async function readHead(name: string): Promise<Head | null> {
    const { value } = await kv.get(headKey(name));
    return isHead(value) ? value : null;
  }

  async function deleteChunks(name: string, { version, chunks }: Head): Promise<void> {
    let atomic = kv.atomic();
    for (let index = 0; index < chunks; index++) atomic = atomic.delete(chunkKey(name, version, index));
    await atomic.commit();
  }

  /** The chunks of all versions but the current one: their writers are at work, or ended in mid-write. */
  async function otherChunks(name: string, current: unknown): Promise<(string | number)[][]> {
    const all = [prefix + name, "chunk"];
    const version = isHead(current) ? current.version : "";
    const keys: (string | number)[][] = [];
    for (const range of [{ end: [...all, version] }, { start: [...all, `${version}\0`] }]) {
      for await (const { key } of kv.list({ prefix: all, ...range })) keys.push(key as (string | number)[]);
    }
    return keys;
  }

  async function readChunks(name: string, { version, chunks }: Head): Promise<string | undefined> {
    const decoder = new TextDecoder();
    let text = "";
    let count = 0;
    for await (const { value } of kv.list({ prefix: [prefix + name, "chunk", version] })) {
      if (!(value instanceof Uint8Array)) return undefined;
      text += decoder.decode(value, { stream: true });
      count++;
    }
    return count === chunks ? text + decoder.decode() : undefined;
  }

  return sharedStore({
    async get(name) {
      let head = await readHead(name);
      while (head !== null) {
        const text = await readChunks(name, head);
        if (text !== undefined) return text;
        // It was replaced meanwhile, unless it is the same as before.
        const next = await readHead(name);
        if (next?.version === head.version) throw new Error("A chunk of the snapshot is missing");
        head = next;
      }
      return null;
    },
    async set(name, text) {
      const bytes = new TextEncoder().encode(text);
      const before = await kv.get(headKey(name));
      const others = await otherChunks(name, before.value);
      const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
      const head: Head = { version: crypto.randomUUID(), chunks };
      let atomic = kv.atomic();
      for (let index = 0; index < chunks; index++) {
        if (index > 0 && index % BATCH === 0) {
          await atomic.commit();
          atomic = kv.atomic();
        }
        const start = index * CHUNK_BYTES;
        atomic = atomic.set(chunkKey(name, head.version, index), bytes.slice(start, start + CHUNK_BYTES));
      }
      // Chunks count once their head is written. Of two writers at once the second gives up: otherwise nobody would delete the
      // chunks of the first.
      const { versionstamp, value } = before;
      const { ok } = await atomic.check({ key: headKey(name), versionstamp })
        .set(headKey(name), head)
        .commit();
      if (!ok) return await deleteChunks(name, head);
      if (isHead(value)) await deleteChunks(name, value);
      // Whoever had written these before this head was can't write its own any more.
      for (let index = 0; index < others.length; index += DELETIONS) {
        let deletion = kv.atomic();
        for (const key of others.slice(index, index + DELETIONS)) deletion = deletion.delete(key);
        await deletion.commit();
      }
    },
    async tryLock(name, ttl): Promise<ReleaseLock | null> {
      const lockKey = [prefix + name];
      const held = await kv.get(lockKey);
      const now = Date.now();
      const left = typeof held.value === "number" ? held.value - now : 0;
      if (left > 0 && left <= MAX_LOCK_MS) return null;
      const { ok, versionstamp } = await kv.atomic()
        .check({ key: lockKey, versionstamp: held.versionstamp })
        .set(lockKey, now + ttl, { expireIn: ttl })
        .commit();
      if (!ok) return null;
      return async () => {
        // An expired lock may be another's by now.
        await kv.atomic().check({ key: lockKey, versionstamp: versionstamp! }).delete(lockKey).commit();
      };
    },
    watch: (name, onChange) => watchKey(kv, headKey(name), onChange),
  });
}

/** Calls `onChange` after each change of a key, not for what is there; returns a function that ends that. */
function watchKey(kv: DenoKvLike, key: string[], onChange: () => void): () => void {
  const reader = kv.watch([key]).getReader();
  void (async () => {
    let isFirst = true;
    for (;;) {
      const { done } = await reader.read();
      if (done) return;
      if (!isFirst) onChange();
      isFirst = false;
    }
  })().catch(() => {});
  return () => void reader.cancel().catch(() => {});
}

function isHead(value: unknown): value is Head {
  return typeof value === "object" && value !== null &&
    typeof Reflect.get(value, "version") === "string" && typeof Reflect.get(value, "chunks") === "number";
}
