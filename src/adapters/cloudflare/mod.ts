/**
 * What Cloudflare Workers need beside the client: {@linkcode withFlags} for their handlers.
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
 * @module
 */
export { withFlags } from "./with-flags.ts";
export type { ExecutionContextLike, FetchHandler, FlagsHandler, WithFlagsOptions } from "./with-flags.ts";
