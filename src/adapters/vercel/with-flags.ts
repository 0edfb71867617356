import type { FeatureflipClient } from "../../client/client.ts";
import type { ContextClient } from "../../client/context-client.ts";
import type { FeatureflipOptions } from "../../client/options.ts";
import type { ContextInput } from "../../evaluation/evaluation-context.ts";
import type { WaitUntil } from "../../runtime/runtime.ts";
import { withRequestFlags } from "../shared/with-request-flags.ts";

/** What {@linkcode withFlags} can be told. */
export interface WithFlagsOptions<
  Incoming extends Request = Request,
  Rest extends unknown[] = unknown[],
> {
  /** Whom a request's flags are for; nobody in particular by default. */
  readonly context?:
    | ((
      request: Incoming,
      ...rest: Rest
    ) => ContextInput | Promise<ContextInput>)
    | undefined;
  /** The client to use, such as one of `forTesting`; by default one is made with the first request. */
  readonly client?: FeatureflipClient | undefined;
  /** Options for the client that is made, or a function that gives them; it is asked once. */
  readonly options?: FeatureflipOptions | (() => FeatureflipOptions) | undefined;
  /** How long a request waits for the first flags, in ms; 3,000 by default. Without flags there are the defaults. */
  readonly timeout?: number | undefined;
}

/**
 * A Vercel function whose requests have their flags: a client bound to the request's context and to the flags of this
 * moment. On the Edge runtime flags are loaded within requests; refreshes and events go to Vercel's own `waitUntil`
 * (contract §6.1). No request fails for want of flags: it is served the defaults.
 *
 * @param handler Answers a request. It is handed the flags, then all that the platform hands over.
 * @param options Whom the flags are for, and what the client is told.
 * @throws {ConfigurationError} when the time-out is none.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { withFlags } from "@featureflip/sdk/vercel";
 *
 * const handler = withFlags((flags) => new Response(flags.variation("dark-mode", false) ? "dark" : "light"), {
 *   client: FeatureflipClient.forTesting({ "dark-mode": true }), // left out, it is made from the environment variables
 *   context: (request) => ({ user_id: new URL(request.url).searchParams.get("user") }),
 * });
 * const response = await handler(new Request("http://edge/?user=ada"));
 * console.log(await response.text()); // dark
 * ```
 */
export function withFlags<Incoming extends Request = Request, Rest extends unknown[] = unknown[]>(
  handler: (flags: ContextClient, request: Incoming, ...rest: Rest) => Response | Promise<Response>,
  options: WithFlagsOptions<Incoming, Rest> = {},
): (request: Incoming, ...rest: Rest) => Promise<Response> {
  const run = withRequestFlags<[Incoming, ...Rest]>(options);
  return (...args) => run({ waitUntil: waitUntilOf(args[1]) }, args, (flags) => handler(flags, ...args));
}

/** Of what an Edge function or a middleware is handed beside the request; else the platform's is found by itself. */
function waitUntilOf(given: unknown): WaitUntil | undefined {
  const context = given as { readonly waitUntil?: WaitUntil } | undefined;
  return context?.waitUntil && ((work) => context.waitUntil?.(work));
}
