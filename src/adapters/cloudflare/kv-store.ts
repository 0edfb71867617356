import type { SharedStore } from "../../shared-store/shared-store.ts";

/** As much of a KV namespace as a store needs. */
export interface KvNamespaceLike {
  /** Reads a text. */
  get(key: string, options: { type: "text"; cacheTtl: number }): Promise<string | null>;
  /** Writes a text. */
  put(key: string, value: string): Promise<void>;
}

/** How a {@linkcode kvStore} is told where. */
export interface KvStoreOptions {
  /** The name of the snapshot; `"featureflip"` by default. */
  readonly key?: string;
  /** How long a data centre may answer from its cache, in seconds; 30 by default, which is the least KV takes. */
  readonly cacheTtl?: number;
}

/**
 * Keeps a snapshot in Cloudflare KV. KV can't lock, takes one write a second, and shows a change elsewhere after a minute or
 * more: let a Cron trigger write (`await client.refresh()`), then no request ever asks the service (contract §8).
 *
 * @example
 * ```ts ignore
 * import { env, waitUntil } from "cloudflare:workers";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { kvStore } from "@featureflip/sdk/cloudflare";
 *
 * const client = new FeatureflipClient({ sdkKey: env.FEATUREFLIP_SDK_KEY, store: kvStore(env.FLAGS), waitUntil });
 *
 * export default {
 *   async scheduled() {
 *     await client.refresh();
 *   },
 * };
 * ```
 */
export function kvStore(
  namespace: KvNamespaceLike,
  { key = "featureflip", cacheTtl = 30 }: KvStoreOptions = {},
): SharedStore {
  return {
    get: () => namespace.get(key, { type: "text", cacheTtl }),
    set: (text) => namespace.put(key, text),
  };
}
