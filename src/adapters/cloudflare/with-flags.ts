import type { FeatureflipClient } from "../../client/client.ts";
import type { ContextClient } from "../../client/context-client.ts";
import type { FeatureflipOptions } from "../../client/options.ts";
import type { ContextInput } from "../../evaluation/evaluation-context.ts";
import { withRequestFlags } from "../shared/with-request-flags.ts";

/** What a Worker's handler is handed of its execution, as far as it is needed here. */
export interface ExecutionContextLike {
  /** Keeps work alive behind the response. */
  waitUntil(work: Promise<unknown>): void;
}

/** A Worker's `fetch` handler. */
export type FetchHandler<Env, Execution extends ExecutionContextLike> = (
  request: Request,
  env: Env,
  execution: Execution,
) => Promise<Response>;

/** A Worker's `fetch` handler that is handed its request's flags first. */
export type FlagsHandler<Env, Execution extends ExecutionContextLike> = (
  flags: ContextClient,
  request: Request,
  env: Env,
  execution: Execution,
) => Response | Promise<Response>;

/** What {@linkcode withFlags} can be told. */
export interface WithFlagsOptions<Env, Execution extends ExecutionContextLike> {
  /** Whom a request's flags are for; nobody in particular by default. */
  readonly context?:
    | ((
      request: Request,
      env: Env,
      execution: Execution,
    ) => ContextInput | Promise<ContextInput>)
    | undefined;
  /**
   * The client to use, such as one of `forTesting`. By default one is made with the first request, for each SDK key that
   * the bindings hold: `FEATUREFLIP_SDK_KEY`, `FEATUREFLIP_BASE_URL`.
   */
  readonly client?: FeatureflipClient | undefined;
  /**
   * Options for the client that is made, which count before the bindings; or a function that gives them, for what only the
   * bindings hold. It is asked once for each SDK key.
   */
  readonly options?:
    | FeatureflipOptions
    | ((request: Request, env: Env, execution: Execution) => FeatureflipOptions)
    | undefined;
  /** How long a request waits for the first flags, in ms; 3,000 by default. Without flags there are the defaults. */
  readonly timeout?: number | undefined;
}

/**
 * A Worker's `fetch` handler whose requests have their flags: a client bound to the request's context and to the flags of
 * this moment. Flags are loaded within requests; refreshes and events go to `waitUntil` (contract §6.1). No request fails
 * for want of flags: it is served the defaults.
 *
 * @param handler Answers a request.
 * @param options Whom the flags are for, and what the client is told.
 * @throws {ConfigurationError} when the time-out is none.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { withFlags } from "@featureflip/sdk/cloudflare";
 *
 * const worker = {
 *   fetch: withFlags((flags) => new Response(flags.variation("dark-mode", false) ? "dark" : "light"), {
 *     client: FeatureflipClient.forTesting({ "dark-mode": true }), // left out, it is made from the bindings
 *     context: (request) => ({ user_id: new URL(request.url).searchParams.get("user") }),
 *   }),
 * };
 * const response = await worker.fetch(new Request("http://worker/?user=ada"), {}, { waitUntil() {} });
 * console.log(await response.text()); // dark
 * ```
 */
export function withFlags<Env = unknown, Execution extends ExecutionContextLike = ExecutionContextLike>(
  handler: FlagsHandler<Env, Execution>,
  options: WithFlagsOptions<Env, Execution> = {},
): FetchHandler<Env, Execution> {
  const run = withRequestFlags<[Request, Env, Execution]>(options);
  return (request, env, execution) =>
    run(
      { bindings: env, waitUntil: (work) => execution.waitUntil(work) },
      [request, env, execution],
      (flags) => handler(flags, request, env, execution),
    );
}
