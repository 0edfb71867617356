/**
 * An adapter for Vercel's Flags SDK (`flags`).
 *
 * @example
 * ```ts
 * import { flag } from "flags/next";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { createFeatureflipAdapter } from "@featureflip/sdk/flags-sdk";
 *
 * const featureflip = createFeatureflipAdapter({ client: FeatureflipClient.forTesting({ "rate-limit": 100 }) });
 * const rateLimit = flag<number>({ key: "rate-limit", adapter: featureflip, defaultValue: 10 });
 * console.log(await rateLimit(new Request("http://localhost/"))); // 100
 * ```
 *
 * @module
 */
export { createFeatureflipAdapter, getProviderData } from "./create-featureflip-adapter.ts";
export type { FeatureflipAdapter, FeatureflipAdapterOptions } from "./create-featureflip-adapter.ts";
