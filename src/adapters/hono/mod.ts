/**
 * Middleware for Hono, on every host that Hono runs on: `c.var.flags` is bound to the request's context.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { featureflip } from "@featureflip/sdk/hono";
 *
 * const app = new Hono().use(featureflip({ client: FeatureflipClient.forTesting({ "rate-limit": 100 }) }));
 * app.get("/limit", (c) => c.json(c.var.flags.variation("rate-limit", 10)));
 *
 * const response = await app.request("/limit");
 * console.log(await response.json()); // 100
 * ```
 *
 * @module
 */
export { featureflip, ofrep } from "./featureflip.ts";
export type { FeatureflipMiddlewareOptions, FeatureflipVariables } from "./featureflip.ts";
export type { RequestOptions } from "../shared/with-request-flags.ts";
export type { CreateOfrepHandler, OfrepRouteOptions } from "../shared/serve-ofrep.ts";
