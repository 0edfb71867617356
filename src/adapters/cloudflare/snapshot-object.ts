import { MAX_SNAPSHOT_BYTES } from "../../contract/limits.ts";

/** As much of a Durable Object's state as a {@linkcode SnapshotObject} needs. */
export interface DurableObjectStateLike {
  /** What outlives the object's memory. */
  readonly storage: DurableStorageLike;
}

/** As much of a Durable Object's storage as a {@linkcode SnapshotObject} needs. */
export interface DurableStorageLike {
  /** Reads one value. */
  get(key: string): Promise<unknown>;
  /** Reads up to 128 values. */
  get(keys: string[]): Promise<Map<string, unknown>>;
  /** Writes up to 128 values. */
  put(entries: Record<string, unknown>): Promise<void>;
  /** Deletes up to 128 values. */
  delete(keys: string[]): Promise<number>;
  /** When the object's alarm rings, in ms since the epoch; `null` when none is set. */
  getAlarm(): Promise<number | null>;
  /** Sets the alarm. */
  setAlarm(time: number): Promise<void>;
  /** All that is written within takes effect, or nothing. */
  transaction<T>(run: (storage: DurableStorageLike) => Promise<T>): Promise<T>;
}

/** A value may hold 128 KiB where the storage is not SQLite; a character takes up to two bytes there. */
const CHUNK_LENGTH = 60_000;

/** How many values one call may name. */
const BATCH = 128;

/** How often a snapshot is refreshed by default, in ms: sooner than `maxAge`, so that no request has to. */
const REFRESH_INTERVAL = 20_000;

/**
 * The Durable Object behind a `durableObjectStore`: export it from the Worker, and bind a namespace to it. The lock is kept
 * in memory, since it lasts for seconds only.
 *
 * @example
 * ```ts ignore
 * export { SnapshotObject } from "@featureflip/sdk/cloudflare";
 * ```
 *
 * A subclass with a `refresh()` keeps the snapshot fresh by itself, whether there are requests or not: its alarm calls it
 * every `refreshInterval`, from the first request on.
 *
 * @example
 * ```ts ignore
 * import { env, waitUntil } from "cloudflare:workers";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { durableObjectStore, SnapshotObject } from "@featureflip/sdk/cloudflare";
 *
 * const store = durableObjectStore(env.SNAPSHOTS);
 * const client = new FeatureflipClient({ sdkKey: env.FEATUREFLIP_SDK_KEY, store, waitUntil });
 *
 * export class Snapshots extends SnapshotObject {
 *   override refresh(): Promise<void> {
 *     return client.refresh();
 *   }
 * }
 * ```
 */
export class SnapshotObject {
  /** How often {@linkcode refresh} is called, in ms; 20,000 by default. Less than the clients' `maxAge`, or requests refresh too. */
  readonly refreshInterval: number = REFRESH_INTERVAL;

  readonly #storage: DurableStorageLike;
  #hasAlarm = false;
  #text: string | null | undefined;
  #lock: { readonly token: string; readonly until: number } | undefined;

  /** Called by the platform. */
  constructor(state: DurableObjectStateLike) {
    this.#storage = state.storage;
  }

  /** Refreshes the snapshot, where a subclass can: `client.refresh()`, of a client with this store. */
  refresh?(): Promise<void>;

  /** Called by the platform when it is time to refresh. */
  async alarm(): Promise<void> {
    this.#hasAlarm = true;
    try {
      await this.refresh?.();
    } catch {
      // The client has told its logger. Thrown on, it would have the platform try again, and give up after a while.
    } finally {
      if (this.refresh !== undefined) await this.#storage.setAlarm(Date.now() + this.refreshInterval);
    }
  }

  /** Answers a `durableObjectStore`. */
  async fetch(request: Request): Promise<Response> {
    if (this.refresh !== undefined && !this.#hasAlarm) {
      if (await this.#storage.getAlarm() === null) await this.#storage.setAlarm(Date.now());
      this.#hasAlarm = true;
    }
    const { pathname, searchParams } = new URL(request.url);
    switch (`${request.method} ${pathname}`) {
      case "GET /snapshot": {
        const text = this.#text === undefined ? await this.#read() : this.#text;
        return text === null ? new Response(null, { status: 404 }) : new Response(text);
      }
      case "PUT /snapshot":
        return await this.#write(await request.text());
      case "POST /lock":
        return this.#tryLock(Number(searchParams.get("ttl")));
      case "DELETE /lock":
        if (this.#lock?.token === searchParams.get("token")) this.#lock = undefined;
        return new Response(null, { status: 204 });
      default:
        return new Response("There is no such thing here", { status: 400 });
    }
  }

  #tryLock(ttl: number): Response {
    const now = Date.now();
    if (!(ttl > 0)) return new Response("A lock needs a time", { status: 400 });
    if (this.#lock !== undefined && this.#lock.until > now) return new Response(null, { status: 409 });
    const token = crypto.randomUUID();
    this.#lock = { token, until: now + ttl };
    return new Response(token);
  }

  async #read(): Promise<string | null> {
    const text = await this.#storage.transaction(async (storage) => {
      const count = await storage.get("chunks");
      if (typeof count !== "number") return null;
      let joined = "";
      for (const keys of batches(chunkKeys(0, count))) {
        const values = await storage.get(keys);
        for (const key of keys) joined += String(values.get(key));
      }
      return joined;
    });
    // A write may have come in between.
    return this.#text ??= text;
  }

  async #write(text: string): Promise<Response> {
    if (text.length > MAX_SNAPSHOT_BYTES) return new Response("It is too large", { status: 413 });
    const count = Math.ceil(text.length / CHUNK_LENGTH);
    await this.#storage.transaction(async (storage) => {
      const before = await storage.get("chunks");
      for (const keys of batches(chunkKeys(0, count))) {
        await storage.put(Object.fromEntries(keys.map((key) => [key, chunk(text, key)])));
      }
      await storage.put({ chunks: count });
      if (typeof before !== "number") return;
      for (const keys of batches(chunkKeys(count, before))) await storage.delete(keys);
    });
    this.#text = text;
    return new Response(null, { status: 204 });
  }
}

function chunkKeys(from: number, to: number): string[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => `chunk/${from + index}`);
}

function chunk(text: string, key: string): string {
  const start = Number(key.slice("chunk/".length)) * CHUNK_LENGTH;
  return text.slice(start, start + CHUNK_LENGTH);
}

function batches(keys: readonly string[]): string[][] {
  return Array.from(
    { length: Math.ceil(keys.length / BATCH) },
    (_, index) => keys.slice(index * BATCH, (index + 1) * BATCH),
  );
}
