import type { FeatureflipClient } from "../../client/client.ts";
import type { FeatureflipOptions } from "../../client/client-options.ts";
import type { ContextClient } from "../../client/context-client.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import { createRunner } from "../create-runner.ts";

/** What {@linkcode withFlags} can be told. */
export interface WithFlagsOptions {
  /** Whom a request's flags are for; nobody in particular by default. */
  readonly context?:
    | ((
      request: Request,
    ) =>
      | EvaluationContext
      | object
      | null
      | undefined
      | Promise<EvaluationContext | object | null | undefined>)
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
 * @param handler Answers a request.
 * @param options Whom the flags are for, and what the client is told.
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
export function withFlags(
  handler: (flags: ContextClient, request: Request) => Response | Promise<Response>,
  options: WithFlagsOptions = {},
): (request: Request) => Promise<Response> {
  const run = createRunner<[Request]>(options);
  return (request) =>
    // Nothing is bound here, and the platform's `waitUntil` is found by itself.
    run({ bindings: undefined, waitUntil: undefined }, [request], (flags) => handler(flags, request));
}
