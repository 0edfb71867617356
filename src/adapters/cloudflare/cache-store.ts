import type { ReleaseLock, SharedStore } from "../../shared-store/shared-store.ts";

/** How a {@linkcode cacheStore} is told where. */
export interface CacheStoreOptions {
  /**
   * The URL that names the snapshot. Its host should be one of the Worker's own: Cloudflare asks for that. Nothing is ever
   * requested from it.
   */
  readonly url: string;
}

/** A stale snapshot is better than none: it is kept as long as the data centre likes, at most a week. */
const KEEP_SECONDS = 604_800;

/**
 * Keeps a snapshot in the Cache API of the data centre: free, near, and shared by its isolates only. Its lock is a mark in
 * the cache, which two may set in the same instant; that costs a request more, once per data centre. The cache does nothing
 * in Cloudflare's dashboard editor and behind Access.
 *
 * @example
 * ```ts ignore
 * import { cacheStore } from "@featureflip/sdk/cloudflare";
 *
 * const store = cacheStore({ url: "https://my-worker.example.com/featureflip" });
 * ```
 */
export function cacheStore({ url }: CacheStoreOptions): SharedStore {
  const lockUrl = `${url}${url.includes("?") ? "&" : "?"}lock`;
  return {
    get: () => read(url),
    async set(text) {
      await defaultCache().put(url, cacheable(text, KEEP_SECONDS));
    },
    async tryLock(ttl): Promise<ReleaseLock | null> {
      const held = await read(lockUrl);
      // The cache itself counts in seconds only.
      if (held !== null && Number.parseInt(held, 10) > Date.now()) return null;
      const mine = `${Date.now() + ttl} ${crypto.randomUUID()}`;
      await defaultCache().put(lockUrl, cacheable(mine, Math.ceil(ttl / 1000)));
      return async () => {
        if (await read(lockUrl) === mine) await defaultCache().delete(lockUrl);
      };
    },
  };
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
  if (cache === undefined) throw new TypeError("There is no caches.default: this is not Cloudflare");
  return cache;
}
