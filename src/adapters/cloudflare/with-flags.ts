import type { ContextClient } from "../../client/context-client.ts";
import type { AnyFlags } from "../../client/typed-flags.ts";
import { withRequestFlags } from "../shared/with-request-flags.ts";
import type { RequestOptions } from "../shared/with-request-flags.ts";

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
  const run = withRequestFlags<[Request, Env, Execution], Flags>(options);
  return function (this: unknown, request, env, execution) {
    // As a method of a class entrypoint it is called with the request alone, and the rest belongs to the instance.
    const own = this as Partial<ClassEntrypoint<Env, Execution>> | undefined;
    env ??= own?.env as Env;
    execution ??= own?.ctx as Execution;
    const waitUntil = (execution as Execution | undefined) &&
      ((work: Promise<unknown>): void => execution.waitUntil(work));
    return run(
      { bindings: env, waitUntil },
      [request, env, execution],
      (flags) => handler(flags, request, env, execution),
    );
  };
}

/** A Worker's class entrypoint or Durable Object. */
interface ClassEntrypoint<Env, Execution> {
  readonly env: Env;
  readonly ctx: Execution;
}
