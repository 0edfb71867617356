/**
 * What functions on Vercel need beside the client: {@linkcode withFlags} for their handlers.
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
 * @module
 */
export { withFlags } from "./with-flags.ts";
export type { WithFlagsOptions } from "./with-flags.ts";
