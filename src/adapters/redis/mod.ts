/**
 * A shared snapshot store on Redis, with the client you have: `ioredis`, `redis`, or one of nothing but `fetch`.
 *
 * @example
 * ```ts
 * import { redisStore } from "@featureflip/sdk/redis";
 *
 * const store = redisStore(() => Promise.resolve(null));
 * console.log(await store.get("flags")); // null
 * ```
 *
 * @module
 */
export { redisOverHttp } from "./redis-over-http.ts";
export type { RedisOverHttpOptions } from "./redis-over-http.ts";
export { redisStore } from "./redis-store.ts";
export type {
  IoRedisLike,
  NodeRedisLike,
  RedisClient,
  RedisStoreOptions,
  SendRedisCommand,
} from "./redis-store.ts";
export type { FetchInit, FetchResponse, JsonFetch, JsonResponse } from "../../runtime/fetch.ts";
export type { ReleaseLock, SharedStore, SnapshotStore } from "../../shared-store/shared-store.ts";
