/**
 * For Cloudflare Workers: {@linkcode withFlags} wraps their handlers, and shared snapshot stores use KV, the Cache API or a
 * Durable Object. Each store takes the binding itself.
 *
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { withFlags } from "@featureflip/sdk/cloudflare";
 *
 * const client = FeatureflipClient.forTesting({ "rate-limit": 100 });
 * const fetch = withFlags((flags) => Response.json(flags.variation("rate-limit", 10)), { client });
 * const response = await fetch(new Request("http://worker/"), {}, { waitUntil() {} });
 * console.log(await response.json()); // 100
 * ```
 *
 * @example
 * ```ts
 * import { kvStore } from "@featureflip/sdk/cloudflare";
 *
 * const namespace = { get: () => Promise.resolve(null), put: () => Promise.resolve() };
 * const store = kvStore(namespace);
 * console.log(await store.get("flags")); // null
 * ```
 *
 * @module
 */
export { cacheStore } from "./cache-store.ts";
export type { CacheStoreOptions } from "./cache-store.ts";
export { durableObjectStore } from "./durable-object-store.ts";
export type { DurableObjectNamespaceLike, DurableObjectStoreOptions } from "./durable-object-store.ts";
export { kvStore } from "./kv-store.ts";
export type { KvNamespaceLike, KvStoreOptions } from "./kv-store.ts";
export { SnapshotObject } from "./snapshot-object.ts";
export type { DurableObjectStateLike, DurableStorageLike } from "./snapshot-object.ts";
export { ofrep, withFlags } from "./with-flags.ts";
export type { ExecutionContextLike, FetchHandler, FlagsHandler, WithFlagsOptions } from "./with-flags.ts";
export type { RequestOptions } from "../shared/with-request-flags.ts";
export type { CreateOfrepHandler, OfrepRouteOptions } from "../shared/serve-ofrep.ts";
export type { ReleaseLock, SharedStore, SnapshotStore } from "../../shared-store/shared-store.ts";
