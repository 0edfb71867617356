/**
 * For functions on Vercel: {@linkcode withFlags} wraps their handlers, and {@linkcode edgeConfigStore} is a shared snapshot
 * store on Edge Config, which is also called Global Config.
 *
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { withFlags } from "@featureflip/sdk/vercel";
 *
 * const client = FeatureflipClient.forTesting({ "rate-limit": 100 });
 * const handler = withFlags((flags) => Response.json(flags.variation("rate-limit", 10)), { client });
 * const response = await handler(new Request("http://edge/"));
 * console.log(await response.json()); // 100
 * ```
 *
 * @example
 * ```ts
 * import { edgeConfigStore } from "@featureflip/sdk/vercel";
 *
 * const client = { get: () => Promise.resolve(undefined) }; // createClient(process.env.EDGE_CONFIG), of @vercel/edge-config
 * const store = edgeConfigStore(client);
 * console.log(await store.get("flags")); // null
 * ```
 *
 * @module
 */
export { edgeConfigStore, edgeConfigStore as globalConfigStore } from "./edge-config-store.ts";
export type { EdgeConfigLike, EdgeConfigStoreOptions, EdgeConfigWriteOptions } from "./edge-config-store.ts";
export { ofrep, withFlags } from "./with-flags.ts";
export type { WithFlagsOptions } from "./with-flags.ts";
export type { RequestOptions } from "../shared/with-request-flags.ts";
export type { CreateOfrepHandler, OfrepRouteOptions } from "../shared/serve-ofrep.ts";
export type { ReleaseLock, SharedStore, SnapshotStore } from "../../shared-store/shared-store.ts";
export type { FetchInit, FetchResponse, JsonFetch, JsonResponse } from "../../runtime/fetch.ts";
