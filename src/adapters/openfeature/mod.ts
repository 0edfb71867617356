/**
 * A provider for OpenFeature's server SDK.
 *
 * @example
 * ```ts
 * import { OpenFeature } from "@openfeature/server-sdk";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { FeatureflipProvider } from "@featureflip/sdk/openfeature";
 *
 * const client = FeatureflipClient.forTesting({ "rate-limit": 100 });
 * await OpenFeature.setProviderAndWait(new FeatureflipProvider({ client }));
 * console.log(await OpenFeature.getClient().getNumberValue("rate-limit", 10)); // 100
 * await OpenFeature.close();
 * ```
 *
 * @module
 */
export { FeatureflipProvider } from "./featureflip-provider.ts";
export type { FeatureflipProviderOptions } from "./featureflip-provider.ts";
