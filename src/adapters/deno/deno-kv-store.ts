import { MAX_LOCK_MS } from "../../contract/limits.ts";
import type { ReleaseLock, SharedStore } from "../../shared-store/shared-store.ts";

/** What Deno KV knows of one key. */
export interface DenoKvEntryLike {
  /** The value; `null` when there is none. */
  readonly value: unknown;
  /** Changes with every write; `null` when there is no value. */
  readonly versionstamp: string | null;
}

/** As much of one of Deno KV's atomic operations as a store needs. */
export interface DenoKvAtomicLike {
  /** What has to be so. */
  check(entry: { readonly key: string[]; readonly versionstamp: string | null }): DenoKvAtomicLike;
  /** Writes a value. */
  set(key: (string | number)[], value: unknown, options?: { readonly expireIn?: number }): DenoKvAtomicLike;
  /** Deletes a value. */
  delete(key: (string | number)[]): DenoKvAtomicLike;
  /** Does all of it, or nothing; tells what was written by its versionstamp. */
  commit(): Promise<{ readonly ok: boolean; readonly versionstamp?: string }>;
}

/** As much of a `Deno.Kv` as a store needs. */
export interface DenoKvLike {
  /** Reads one value. */
  get(key: string[]): Promise<DenoKvEntryLike>;
  /** Reads all values whose keys begin so, in order. */
  list(selector: { readonly prefix: (string | number)[] }): AsyncIterable<DenoKvEntryLike>;
  /** Begins an atomic operation. */
  atomic(): DenoKvAtomicLike;
  /** Tells of changes of one value; the first tells what it is. */
  watch(keys: readonly [string[]]): ReadableStream<unknown>;
}

/** How a {@linkcode denoKvStore} is told where. */
export interface DenoKvStoreOptions {
  /** What all keys begin with; `["featureflip"]` by default. */
  readonly prefix?: readonly string[];
}

/** A value holds 64 KiB at most, its own framing included. */
const CHUNK_BYTES = 60_000;

/** What one atomic operation writes: it takes 800 KiB. */
const BATCH = 10;

interface Head {
  readonly version: string;
  readonly chunks: number;
}

/**
 * Keeps a snapshot in Deno KV, in chunks where it is larger than a value may be. Readers see the snapshot as it was or as
 * it is, and nothing in between; servers are told of each change.
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
  { prefix = ["featureflip"] }: DenoKvStoreOptions = {},
): SharedStore {
  const headKey = [...prefix, "head"];
  const lockKey = [...prefix, "lock"];
  const chunkKey = (version: string, index: number): (string | number)[] => [
    ...prefix,
    "chunk",
    version,
    index,
  ];

  async function readHead(): Promise<Head | null> {
    const { value } = await kv.get(headKey);
    return isHead(value) ? value : null;
  }

  async function deleteChunks({ version, chunks }: Head): Promise<void> {
    let atomic = kv.atomic();
    for (let index = 0; index < chunks; index++) atomic = atomic.delete(chunkKey(version, index));
    await atomic.commit();
  }

  async function readChunks({ version, chunks }: Head): Promise<string | undefined> {
    const decoder = new TextDecoder();
    let text = "";
    let count = 0;
    for await (const { value } of kv.list({ prefix: [...prefix, "chunk", version] })) {
      if (!(value instanceof Uint8Array)) return undefined;
      text += decoder.decode(value, { stream: true });
      count++;
    }
    return count === chunks ? text + decoder.decode() : undefined;
  }

  return {
    async get() {
      let head = await readHead();
      while (head !== null) {
        const text = await readChunks(head);
        if (text !== undefined) return text;
        // It was replaced in mid-read; one that is broken for good stays what it is.
        const next = await readHead();
        if (next?.version === head.version) throw new Error("A chunk of the snapshot is missing");
        head = next;
      }
      return null;
    },
    async set(text) {
      const bytes = new TextEncoder().encode(text);
      const before = await kv.get(headKey);
      const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
      const head: Head = { version: crypto.randomUUID(), chunks };
      let atomic = kv.atomic();
      for (let index = 0; index < chunks; index++) {
        if (index > 0 && index % BATCH === 0) {
          await atomic.commit();
          atomic = kv.atomic();
        }
        const start = index * CHUNK_BYTES;
        atomic = atomic.set(chunkKey(head.version, index), bytes.slice(start, start + CHUNK_BYTES));
      }
      // What is there counts once its head is. Of two that write at once the second gives way: each would delete what was
      // there before, and nobody what the other wrote.
      const { versionstamp, value } = before;
      const { ok } = await atomic.check({ key: headKey, versionstamp }).set(headKey, head).commit();
      if (!ok) await deleteChunks(head);
      else if (isHead(value)) await deleteChunks(value);
    },
    async tryLock(ttl): Promise<ReleaseLock | null> {
      const held = await kv.get(lockKey);
      const now = Date.now();
      const left = typeof held.value === "number" ? held.value - now : 0;
      if (left > 0 && left <= Math.max(ttl, MAX_LOCK_MS)) return null;
      const { ok, versionstamp } = await kv.atomic()
        .check({ key: lockKey, versionstamp: held.versionstamp })
        .set(lockKey, now + ttl, { expireIn: ttl })
        .commit();
      if (!ok) return null;
      return async () => {
        // One that has expired may be another's by now.
        await kv.atomic().check({ key: lockKey, versionstamp: versionstamp! }).delete(lockKey).commit();
      };
    },
    watch(onChange) {
      const reader = kv.watch([headKey]).getReader();
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
    },
  };
}

function isHead(value: unknown): value is Head {
  return typeof value === "object" && value !== null &&
    typeof Reflect.get(value, "version") === "string" && typeof Reflect.get(value, "chunks") === "number";
}
