import { MAX_LOCK_MS } from "../../contract/limits.ts";
import { checkRequired, urlRule } from "../../errors/check-option.ts";
import type { ReleaseLock, SnapshotStore } from "../../shared-store/shared-store.ts";
import { PREFIX, sharedStore } from "../stores/shared-store.ts";

/** Options of {@linkcode cacheStore}. */
export interface CacheStoreOptions {
  /**
   * The URL under which snapshots are cached. Its host should be the Worker's own, as Cloudflare asks. It is never requested.
   */
  readonly url: string;
  /** The beginning of all names; `"featureflip:"` by default. */
  readonly prefix?: string | undefined;
}

/** How long a snapshot is kept at most: a week. A stale one is better than none. */
const KEEP_SECONDS = 604_800;

/**
 * Keeps snapshots in the Cache API of the data centre: free, near, and shared by its isolates only. A lock is an entry of the
 * cache, which two isolates may write at the same time; that costs a request more. The cache does nothing in Cloudflare's
 * dashboard editor and behind Access.
 *
 * @throws {ConfigurationError} when `url` is not an absolute URL, or an option is wrong or unknown.
 *
 * @example
 * ```ts ignore
 * import { cacheStore } from "@featureflip/sdk/cloudflare";
 *
 * const store = cacheStore({ url: "https://my-worker.example.com/featureflip" });
 * ```
 */
export function cacheStore(options: CacheStoreOptions): SnapshotStore {
  const { url, prefix } = checkRequired("use cacheStore()", options, { url: urlRule(""), prefix: PREFIX }, [
    "url",
  ]);
  function urlOf(name: string): string {
    const named = new URL(url);
    named.searchParams.set("name", prefix + name);
    return named.href;
  }
  return sharedStore({
    get: (name) => read(urlOf(name)),
    async set(name, text) {
      await defaultCache().put(urlOf(name), cacheable(text, KEEP_SECONDS));
    },
    async tryLock(name, ttl): Promise<ReleaseLock | null> {
      const lockUrl = urlOf(name);
      const held = await read(lockUrl);
      // The cache itself counts in seconds only. A lock that ends later was made by another clock.
      const left = held === null ? 0 : Number.parseInt(held, 10) - Date.now();
      if (left > 0 && left <= MAX_LOCK_MS) return null;
      const ownLock = `${Date.now() + ttl} ${crypto.randomUUID()}`;
      await defaultCache().put(lockUrl, cacheable(ownLock, Math.ceil(ttl / 1000)));
      return async () => {
        if (await read(lockUrl) === ownLock) await defaultCache().delete(lockUrl);
      };
    },
  });
}

async function read(url: string): Promise<string | null> {
  const response = await defaultCache().match(url);
  return response === undefined ? null : await response.text();
}

function cacheable(text: string, seconds: number): Response {
  return new Response(text, { headers: { "Cache-Control": `max-age=${seconds}` } });
}

/** Cloudflare's `caches.default`, which needs no I/O to open. */
function defaultCache(): Cache {
  const cache = (caches as CacheStorage & { readonly default?: Cache }).default;
  if (cache === undefined) {
    throw new TypeError(
      "Cannot use cacheStore(): this runtime has no caches.default, which only Cloudflare has",
    );
  }
  return cache;
}
