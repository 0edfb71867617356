/**
 * Shared snapshot stores on what Cloudflare runs: KV, the Cache API, a Durable Object. Each takes the binding itself. What
 * keeps work alive behind a response comes from the platform: `import { waitUntil } from "cloudflare:workers"`, or
 * `ctx.waitUntil` of the handler; hand it to the client.
 *
 * @example
 * ```ts
 * import { kvStore } from "@featureflip/sdk/cloudflare";
 *
 * const namespace = { get: () => Promise.resolve(null), put: () => Promise.resolve() };
 * const store = kvStore(namespace);
 * console.log(await store.get()); // null
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
export type { ReleaseLock, SharedStore } from "../../store/shared-store.ts";
