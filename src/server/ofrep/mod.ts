/**
 * An endpoint of OFREP, the OpenFeature Remote Evaluation Protocol, over a client: flags for browsers, apps and every language
 * that has a provider for it. Evaluated values leave; rules and the SDK key never do.
 *
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { createOfrepHandler } from "@featureflip/sdk/ofrep";
 *
 * const client = FeatureflipClient.forTesting({ "dark-mode": true });
 * const handler = createOfrepHandler(client, { public: true, flags: ["dark-mode"] });
 *
 * const response = await handler(
 *   new Request("https://www.example.com/ofrep/v1/evaluate/flags/dark-mode", {
 *     method: "POST",
 *     headers: { "content-type": "application/json" },
 *     body: JSON.stringify({ context: { targetingKey: "u-123" } }),
 *   }),
 * );
 * console.log((await response.json()).value); // true
 * await client.close();
 * ```
 *
 * @module
 */
export { createOfrepHandler } from "./create-handler.ts";
export type { OfrepRequestHandler } from "./create-handler.ts";
export type { OfrepOptions } from "./options.ts";
export type { OfrepScope } from "./handler.ts";
