import type { ContextClient } from "../../client/context-client.ts";
import type { WaitUntil } from "../../runtime/runtime.ts";
import type { AnyFlags } from "../../client/typed-flags.ts";
import { serveOfrep } from "../shared/serve-ofrep.ts";
import type { CreateOfrepHandler, OfrepRouteOptions } from "../shared/serve-ofrep.ts";
import { checkHandler, withRequestFlags } from "../shared/with-request-flags.ts";
import type { RequestOptions } from "../shared/with-request-flags.ts";

/** Options of {@linkcode withFlags}. */
export type WithFlagsOptions<
  Flags extends object = AnyFlags,
  Incoming extends Request = Request,
  Rest extends unknown[] = unknown[],
> = RequestOptions<[request: Incoming, ...rest: Rest], Flags>;

/**
 * Wraps a Vercel function: it receives a client bound to the request's context and to the flags of this moment. On the Edge
 * runtime flags are loaded within requests; refreshes and events go to Vercel's own `waitUntil` (contract §6.1). A request
 * never fails because flags are missing: evaluations then return their defaults.
 *
 * @typeParam Flags Described flags; known from `client`, or from the type of the handler's `flags`.
 * @param handler Answers a request. It receives the flags, then the platform's own arguments.
 * @param options The request's context, and the client or its options.
 * @throws {ConfigurationError} when an option is unknown or out of range, or both `client` and `clientOptions` are given.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { withFlags } from "@featureflip/sdk/vercel";
 *
 * const handler = withFlags((flags) => new Response(flags.boolVariation("dark-mode", false) ? "dark" : "light"), {
 *   client: FeatureflipClient.forTesting({ "dark-mode": true }), // without it, one is made from the environment variables
 *   context: (request) => ({ user_id: new URL(request.url).searchParams.get("user") }),
 * });
 * const response = await handler(new Request("http://edge/?user=ada"));
 * console.log(await response.text()); // dark
 * ```
 */
export function withFlags<
  Flags extends object = AnyFlags,
  Incoming extends Request = Request,
  Rest extends unknown[] = unknown[],
>(
  handler: (flags: ContextClient<Flags>, request: Incoming, ...rest: Rest) => Response | Promise<Response>,
  options: WithFlagsOptions<Flags, Incoming, Rest> = {},
): (request: Incoming, ...rest: Rest) => Promise<Response> {
  checkHandler(handler);
  const run = withRequestFlags<[Incoming, ...Rest], Flags>(options);
  return (...args) => run({ waitUntil: waitUntilOf(args[1]) }, args, (flags) => handler(flags, ...args));
}

/**
 * A Vercel function that serves OFREP: flags for browsers, apps and other languages. The client is made from the environment
 * variables, as for {@linkcode withFlags}; refreshes and events go to Vercel's `waitUntil`. On the Edge runtime there are no
 * event streams: pages have to poll.
 *
 * @param create `createOfrepHandler` of `@featureflip/sdk/ofrep`: only functions that use the endpoint carry it.
 * @param options Who may ask, what they may see, and the client or its options.
 * @throws {ConfigurationError} when an option is unknown or out of range, nothing says who may ask, or both `client` and
 * `clientOptions` are given.
 * @example app/ofrep/v1/[...path]/route.ts of Next.js
 * ```ts ignore
 * import { createOfrepHandler } from "@featureflip/sdk/ofrep";
 * import { ofrep } from "@featureflip/sdk/vercel";
 *
 * const handler = ofrep(createOfrepHandler, { clientKeys: ["client-web"], flags: ["dark-mode"] });
 * export { handler as GET, handler as OPTIONS, handler as POST };
 * ```
 */
export function ofrep<
  Flags extends object = AnyFlags,
  Incoming extends Request = Request,
  Rest extends unknown[] = unknown[],
>(
  create: CreateOfrepHandler,
  options: OfrepRouteOptions<[request: Incoming, ...rest: Rest], Flags>,
): (request: Incoming, ...rest: Rest) => Promise<Response> {
  const run = serveOfrep(create, options);
  return (...args) => run({ request: args[0], waitUntil: waitUntilOf(args[1]) }, args);
}

/** The `waitUntil` that an Edge function or a middleware receives beside the request; elsewhere the client finds the platform's. */
function waitUntilOf(given: unknown): WaitUntil | undefined {
  const context = given as { readonly waitUntil?: WaitUntil } | undefined;
  return context?.waitUntil && ((work) => context.waitUntil?.(work));
}
