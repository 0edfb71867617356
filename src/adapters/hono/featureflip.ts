import type { Context, Env, MiddlewareHandler } from "hono";
import type { ContextClient } from "../../client/context-client.ts";
import type { WaitUntil } from "../../runtime/runtime.ts";
import type { AnyFlags } from "../../client/typed-flags.ts";
import { serveOfrep } from "../shared/serve-ofrep.ts";
import type { CreateOfrepHandler, OfrepRouteOptions } from "../shared/serve-ofrep.ts";
import { withRequestFlags } from "../shared/with-request-flags.ts";
import type { RequestOptions } from "../shared/with-request-flags.ts";

/** The variable that {@linkcode featureflip} sets, `c.var.flags`, for apps that declare their variables themselves. */
export interface FeatureflipVariables<Flags extends object = AnyFlags> {
  /** The flags of this moment, bound to the request's context. */
  readonly flags: ContextClient<Flags>;
}

/**
 * Options of {@linkcode featureflip}.
 *
 * @example
 * ```ts
 * import { featureflip } from "@featureflip/sdk/hono";
 * import type { FeatureflipMiddlewareOptions } from "@featureflip/sdk/hono";
 *
 * const options: FeatureflipMiddlewareOptions = {
 *   context: (c) => ({ user_id: c.req.header("x-user-id"), country: c.req.header("cf-ipcountry") }),
 *   clientOptions: { evaluationEvents: "unique" },
 * };
 * const middleware = featureflip(options);
 * ```
 */
export type FeatureflipMiddlewareOptions<Flags extends object = AnyFlags, E extends Env = Env> =
  RequestOptions<
    [c: Context<E>],
    Flags
  >;

/**
 * Middleware for Hono: `c.var.flags` is a client bound to the request's context and to the flags of this moment.
 *
 * On request-scoped runtimes (Workers, Vercel Edge), flags are loaded and refreshed within requests; work that can continue
 * after the response, events included, goes to `c.executionCtx.waitUntil` (contract §6.1). A request never fails because
 * flags are missing: evaluations then return their defaults.
 *
 * @typeParam Flags Described flags; known from `client`.
 * @throws {ConfigurationError} when an option is unknown or out of range, or both `client` and `clientOptions` are given.
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { featureflip } from "@featureflip/sdk/hono";
 *
 * const app = new Hono()
 *   .use(featureflip({
 *     client: FeatureflipClient.forTesting({ "dark-mode": true }), // without it, one is made from the bindings
 *     context: (c) => ({ user_id: c.req.query("user") }),
 *   }))
 *   .get("/", (c) => c.text(c.var.flags.boolVariation("dark-mode", false) ? "dark" : "light"));
 *
 * const response = await app.request("/?user=ada");
 * console.log(await response.text()); // dark
 * ```
 */
export function featureflip<Flags extends object = AnyFlags, E extends Env = Env>(
  options: FeatureflipMiddlewareOptions<Flags, E> = {},
): MiddlewareHandler<E & { Variables: FeatureflipVariables<Flags> }> {
  const run = withRequestFlags<[Context<E>], Flags>(options);
  return (c, next) =>
    // The same context before `flags` is set; Hono's types treat the two as unrelated.
    run({ bindings: c.env, waitUntil: waitUntilOf(c) }, [c as unknown as Context<E>], async (flags) => {
      c.set("flags", flags);
      await next();
    });
}

/**
 * A route of Hono that serves OFREP: flags for browsers, apps and other languages. The client, its SDK key and its store come
 * from the bindings, as for {@linkcode featureflip}; refreshes and events go to `c.executionCtx.waitUntil`. The caller's
 * address, for `rateLimit`, is what the host knows.
 *
 * @param create `createOfrepHandler` of `@featureflip/sdk/ofrep`: only programs that use the endpoint carry it.
 * @param options Who may ask, what they may see, and the client or its options.
 * @throws {ConfigurationError} when an option is unknown or out of range, nothing says who may ask, or both `client` and
 * `clientOptions` are given.
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { ofrep } from "@featureflip/sdk/hono";
 * import { createOfrepHandler } from "@featureflip/sdk/ofrep";
 *
 * const client = FeatureflipClient.forTesting({ "dark-mode": true }); // without it, one is made from the bindings
 * const app = new Hono();
 * app.all("/ofrep/*", ofrep(createOfrepHandler, { client, clientKeys: ["client-web"], flags: ["dark-mode"] }));
 *
 * const response = await app.request("/ofrep/v1/evaluate/flags/dark-mode", {
 *   method: "POST",
 *   headers: { "content-type": "application/json", authorization: "Bearer client-web" },
 *   body: JSON.stringify({ context: { targetingKey: "u-123" } }),
 * });
 * console.log((await response.json()).value); // true
 * ```
 */
export function ofrep<Flags extends object = AnyFlags, E extends Env = Env>(
  create: CreateOfrepHandler,
  options: OfrepRouteOptions<[c: Context<E>], Flags>,
): (c: Context<E>) => Promise<Response> {
  const run = serveOfrep(create, options);
  return (c) => run({ request: c.req.raw, bindings: c.env, host: c.env, waitUntil: waitUntilOf(c) }, [c]);
}

/** Hono throws where the host has no execution context. */
function waitUntilOf(c: Context): WaitUntil | undefined {
  try {
    const { executionCtx } = c;
    return (work) => executionCtx.waitUntil(work);
  } catch {
    return undefined;
  }
}
