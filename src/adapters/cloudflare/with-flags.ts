import type { ContextClient } from "../../client/context-client.ts";
import type { AnyFlags } from "../../client/typed-flags.ts";
import { serveOfrep } from "../shared/serve-ofrep.ts";
import type { CreateOfrepHandler, OfrepRouteOptions } from "../shared/serve-ofrep.ts";
import { checkHandler, withRequestFlags } from "../shared/with-request-flags.ts";
import type { HostRequest, RequestOptions } from "../shared/with-request-flags.ts";

/** The part of a Worker's execution context that is used here. */
export interface ExecutionContextLike {
  /** Keeps work alive after the response. */
  waitUntil(work: Promise<unknown>): void;
}

/** A Worker's `fetch` handler. */
export type FetchHandler<Env, Execution extends ExecutionContextLike> = (
  request: Request,
  env: Env,
  execution: Execution,
) => Promise<Response>;

/** A Worker's `fetch` handler that receives the request's flags as its first argument. */
export type FlagsHandler<Flags extends object, Env, Execution extends ExecutionContextLike> = (
  flags: ContextClient<Flags>,
  request: Request,
  env: Env,
  execution: Execution,
) => Response | Promise<Response>;

/** Options of {@linkcode withFlags}. */
export type WithFlagsOptions<
  Flags extends object,
  Env,
  Execution extends ExecutionContextLike,
> = RequestOptions<[request: Request, env: Env, execution: Execution], Flags>;

/**
 * Wraps a Worker's `fetch` handler: it receives a client bound to the request's context and to the flags of this moment.
 * Flags are loaded within requests; refreshes and events go to `waitUntil` (contract §6.1). A request never fails because
 * flags are missing: evaluations then return their defaults.
 *
 * @typeParam Flags Described flags; known from `client`, or from the type of the handler's `flags`.
 * @param handler Answers a request.
 * @param options The request's context, and the client or its options.
 * @throws {ConfigurationError} when an option is unknown or out of range, or both `client` and `clientOptions` are given.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { withFlags } from "@featureflip/sdk/cloudflare";
 *
 * const worker = {
 *   fetch: withFlags((flags) => new Response(flags.boolVariation("dark-mode", false) ? "dark" : "light"), {
 *     client: FeatureflipClient.forTesting({ "dark-mode": true }), // without it, one is made from the bindings
 *     context: (request) => ({ user_id: new URL(request.url).searchParams.get("user") }),
 *   }),
 * };
 * const response = await worker.fetch(new Request("http://worker/?user=ada"), {}, { waitUntil() {} });
 * console.log(await response.text()); // dark
 * ```
 */
export function withFlags<
  Flags extends object = AnyFlags,
  Env = unknown,
  Execution extends ExecutionContextLike = ExecutionContextLike,
>(
  handler: FlagsHandler<Flags, Env, Execution>,
  options: WithFlagsOptions<Flags, Env, Execution> = {},
): FetchHandler<Env, Execution> {
  checkHandler(handler);
  const run = withRequestFlags<[Request, Env, Execution], Flags>(options);
  return asFetchHandler((host, args) => run(host, args, (flags) => handler(flags, ...args)));
}

/**
 * A Worker's `fetch` handler that serves OFREP: flags for browsers, apps and other languages. The client, its SDK key and its
 * store come from the bindings, as for {@linkcode withFlags}; refreshes and events go to `waitUntil`. There are no event
 * streams: pages have to poll.
 *
 * @param create `createOfrepHandler` of `@featureflip/sdk/ofrep`: only Workers that use the endpoint carry it.
 * @param options Who may ask, what they may see, and the client or its options.
 * @throws {ConfigurationError} when an option is unknown or out of range, nothing says who may ask, or both `client` and
 * `clientOptions` are given.
 * @example
 * ```ts ignore
 * import { kvStore, ofrep } from "@featureflip/sdk/cloudflare";
 * import { createOfrepHandler } from "@featureflip/sdk/ofrep";
 *
 * export default {
 *   fetch: ofrep(createOfrepHandler, {
 *     clientKeys: ["client-web"],
 *     flags: ["dark-mode"],
 *     origins: ["https://www.example.com"],
 *     clientOptions: (_request, env: Env) => ({ store: kvStore(env.FLAGS) }),
 *   }),
 * };
 * ```
 */
export function ofrep<
  Flags extends object = AnyFlags,
  Env = unknown,
  Execution extends ExecutionContextLike = ExecutionContextLike,
>(
  create: CreateOfrepHandler,
  options: OfrepRouteOptions<[request: Request, env: Env, execution: Execution], Flags>,
): FetchHandler<Env, Execution> {
  const run = serveOfrep(create, options);
  return asFetchHandler((host, args) => run({ ...host, request: args[0] }, args));
}

/** Makes a handler that works as a property of a module, as a function, and as a method of a class entrypoint. */
function asFetchHandler<Env, Execution extends ExecutionContextLike>(
  run: (host: HostRequest, args: [Request, Env, Execution]) => Promise<Response>,
): FetchHandler<Env, Execution> {
  return function (this: unknown, request, env, execution) {
    // As a method of a class entrypoint it is called with the request alone, and the rest belongs to the instance.
    const own = this as Partial<ClassEntrypoint<Env, Execution>> | undefined;
    env ??= own?.env as Env;
    execution ??= own?.ctx as Execution;
    const waitUntil = (execution as Execution | undefined) &&
      ((work: Promise<unknown>): void => execution.waitUntil(work));
    return run({ bindings: env, waitUntil }, [request, env, execution]);
  };
}

/** A Worker's class entrypoint or Durable Object. */
interface ClassEntrypoint<Env, Execution> {
  readonly env: Env;
  readonly ctx: Execution;
}
