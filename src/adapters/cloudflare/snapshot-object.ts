import { MAX_ENVELOPE_LINE_LENGTH, MAX_LOCK_MS, MAX_SNAPSHOT_BYTES } from "../../contract/limits.ts";

/** The part of a Durable Object's state that a {@linkcode SnapshotObject} needs. */
export interface DurableObjectStateLike {
  /** The persistent storage. */
  readonly storage: DurableStorageLike;
}

/** The part of a Durable Object's storage that a {@linkcode SnapshotObject} needs. */
export interface DurableStorageLike {
  /** Reads one value. */
  get(key: string): Promise<unknown>;
  /** Reads up to 128 values. */
  get(keys: string[]): Promise<Map<string, unknown>>;
  /** Writes up to 128 values. */
  put(entries: Record<string, unknown>): Promise<void>;
  /** Deletes up to 128 values. */
  delete(keys: string[]): Promise<number>;
  /** The time of the alarm, in ms since the epoch; `null` when none is set. */
  getAlarm(): Promise<number | null>;
  /** Sets the alarm. */
  setAlarm(time: number): Promise<void>;
  /** Runs a transaction: all its writes take effect, or none. */
  transaction<T>(run: (storage: DurableStorageLike) => Promise<T>): Promise<T>;
}

/** A value may hold 128 KiB where the storage is not SQLite; a character takes up to two bytes there. */
const CHUNK_LENGTH = 60_000;

/** Names the body of a snapshot, so that who holds it is sent the first line alone, with the status below. */
export const TAG_HEADER = "x-featureflip-tag";
export const PARTIAL = 206;

/** What is stored beside the chunks of a snapshot's body. */
interface Head {
  readonly line: string;
  /** Changes with the body. */
  readonly tag: string;
  readonly chunks: number;
}

interface StoredText extends Head {
  readonly body: string;
}

/** The number of values that one call may name. */
const BATCH = 128;

/** The longest text: a snapshot and the line before it. */
const MAX_TEXT_LENGTH = MAX_SNAPSHOT_BYTES + MAX_ENVELOPE_LINE_LENGTH;

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

  /** By this, Cloudflare's types recognise the class of a Durable Object. It does not exist at run time. */
  declare readonly __DURABLE_OBJECT_BRAND: never;

  readonly #storage: DurableStorageLike;
  /** When the alarm rang or was seen to be set last, in ms since the epoch. */
  #alarmSeenAt = 0;
  /** The snapshots by name, as far as they have been read; `null` for none. */
  readonly #stored = new Map<string, StoredText | null>();
  readonly #locks = new Map<string, { readonly token: string; readonly until: number }>();

  /** Called by the platform. */
  constructor(state: DurableObjectStateLike) {
    this.#storage = state.storage;
  }

  /** Refreshes the snapshot, where a subclass can: `client.refresh()`, of a client with this store. */
  refresh?(): Promise<void>;

  /** Called by the platform when it is time to refresh. */
  async alarm(): Promise<void> {
    this.#alarmSeenAt = Date.now();
    try {
      await this.refresh?.();
    } catch {
      // The client has logged it. Rethrown, the platform would retry, and stop the alarm after some failures.
    } finally {
      if (this.refresh !== undefined) await this.#storage.setAlarm(Date.now() + this.refreshInterval);
    }
  }

  /** Answers a `durableObjectStore`. */
  async fetch(request: Request): Promise<Response> {
    if (this.refresh !== undefined) await this.#ensureAlarm();
    const { pathname, searchParams } = new URL(request.url);
    const name = searchParams.get("name");
    if (name === null) return new Response("Missing parameter: name", { status: 400 });
    const tag = searchParams.get("tag");
    switch (`${request.method} ${pathname}`) {
      case "GET /snapshot": {
        const stored = await this.#read(name);
        if (stored === null) return new Response(null, { status: 404 });
        const { line, body } = stored;
        return stored.tag === tag
          ? new Response(line, { status: PARTIAL })
          : new Response(line + body, { headers: { [TAG_HEADER]: stored.tag } });
      }
      case "PUT /snapshot":
        return await this.#write(name, await request.text());
      case "PUT /line":
        return await this.#writeLine(name, tag, await request.text());
      case "POST /lock":
        return this.#tryLock(name, Number(searchParams.get("ttl")));
      case "DELETE /lock":
        if (this.#locks.get(name)?.token === searchParams.get("token")) this.#locks.delete(name);
        return new Response(null, { status: 204 });
      default:
        return new Response("Unknown request", { status: 400 });
    }
  }

  /** Sets an alarm if there is none: at the first request, and when two have been missed. */
  async #ensureAlarm(): Promise<void> {
    const sinceSeen = Date.now() - this.#alarmSeenAt;
    if (sinceSeen >= 0 && sinceSeen < 2 * this.refreshInterval) return;
    this.#alarmSeenAt = Date.now();
    if (await this.#storage.getAlarm() === null) await this.#storage.setAlarm(Date.now());
  }

  #tryLock(name: string, ttl: number): Response {
    const now = Date.now();
    if (!(ttl > 0)) return new Response("Missing parameter: ttl", { status: 400 });
    const left = (this.#locks.get(name)?.until ?? 0) - now;
    // A lock that ends later was made before the clock was set back.
    if (left > 0 && left <= MAX_LOCK_MS) return new Response(null, { status: 409 });
    const token = crypto.randomUUID();
    this.#locks.set(name, { token, until: now + Math.min(ttl, MAX_LOCK_MS) });
    return new Response(token);
  }

  async #read(name: string): Promise<StoredText | null> {
    const known = this.#stored.get(name);
    if (known !== undefined) return known;
    const stored = await this.#storage.transaction(async (storage) => {
      const head = await storage.get(`${name}/head`);
      if (!isHead(head)) return null;
      let body = "";
      for (const keys of batches(chunkKeys(name, 0, head.chunks))) {
        const values = await storage.get(keys);
        for (const key of keys) body += String(values.get(key));
      }
      return { ...head, body };
    });
    // A write may have come in between.
    const written = this.#stored.get(name);
    if (written !== undefined) return written;
    this.#stored.set(name, stored);
    return stored;
  }

  async #write(name: string, text: string): Promise<Response> {
    if (text.length > MAX_TEXT_LENGTH) return new Response("Too large", { status: 413 });
    const body = bodyOf(text);
    const head: Head = {
      line: text.slice(0, text.length - body.length),
      tag: crypto.randomUUID(),
      chunks: Math.ceil(body.length / CHUNK_LENGTH),
    };
    await this.#storage.transaction(async (storage) => {
      const before = await storage.get(`${name}/head`);
      for (const keys of batches(chunkKeys(name, 0, head.chunks))) {
        await storage.put(Object.fromEntries(keys.map((key) => [key, chunk(body, key)])));
      }
      await storage.put({ [`${name}/head`]: head });
      if (!isHead(before)) return;
      for (const keys of batches(chunkKeys(name, head.chunks, before.chunks))) await storage.delete(keys);
    });
    this.#stored.set(name, { ...head, body });
    return new Response(null, { status: 204, headers: { [TAG_HEADER]: head.tag } });
  }

  /** Replaces the first line of a snapshot whose body stays: one value instead of all. */
  async #writeLine(name: string, tag: string | null, line: string): Promise<Response> {
    const stored = await this.#read(name);
    if (stored === null || stored.tag !== tag) return new Response("Another body", { status: 409 });
    const { chunks } = stored;
    const isWritten = await this.#storage.transaction(async (storage) => {
      const head = await storage.get(`${name}/head`);
      if (!isHead(head) || head.tag !== tag) return false;
      await storage.put({ [`${name}/head`]: { line, tag, chunks } });
      return true;
    });
    if (!isWritten) return new Response("Another body", { status: 409 });
    this.#stored.set(name, { ...stored, line });
    return new Response(null, { status: 204 });
  }
}

function isHead(value: unknown): value is Head {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "tag") === "string";
}

/** What follows the first line of a text, the line's end included; all of a text that does not begin like an envelope. */
export function bodyOf(text: string): string {
  const end = text.indexOf("\n");
  return end < 0 || end > MAX_ENVELOPE_LINE_LENGTH ? text : text.slice(end);
}

function chunkKeys(name: string, from: number, to: number): string[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => `${name}/chunk/${from + index}`);
}

function chunk(text: string, key: string): string {
  const start = Number(key.slice(key.lastIndexOf("/") + 1)) * CHUNK_LENGTH;
  return text.slice(start, start + CHUNK_LENGTH);
}

function batches(keys: readonly string[]): string[][] {
  return Array.from(
    { length: Math.ceil(keys.length / BATCH) },
    (_, index) => keys.slice(index * BATCH, (index + 1) * BATCH),
  );
}
