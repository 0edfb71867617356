import type { Context, Env, MiddlewareHandler } from "hono";
import type { FeatureflipClient } from "../../client/client.ts";
import type { ContextClient } from "../../client/context-client.ts";
import type { FeatureflipOptions } from "../../client/options.ts";
import type { ContextInput } from "../../evaluation/evaluation-context.ts";
import type { WaitUntil } from "../../runtime/runtime.ts";
import { withRequestFlags } from "../shared/with-request-flags.ts";

/** What {@linkcode featureflip} sets: `c.var.flags`. For apps that name their variables themselves. */
export interface FeatureflipVariables {
  /** The flags of this moment, bound to the request's context. */
  readonly flags: ContextClient;
}

/**
 * What {@linkcode featureflip} can be told.
 *
 * @example
 * ```ts
 * import { featureflip } from "@featureflip/sdk/hono";
 * import type { FeatureflipMiddlewareOptions } from "@featureflip/sdk/hono";
 *
 * const options: FeatureflipMiddlewareOptions = {
 *   context: (c) => ({ user_id: c.req.header("x-user-id"), country: c.req.header("cf-ipcountry") }),
 *   options: { evaluationEvents: "unique" },
 * };
 * const middleware = featureflip(options);
 * ```
 */
export interface FeatureflipMiddlewareOptions<E extends Env = Env> {
  /** Whom a request's flags are for; nobody in particular by default. */
  readonly context?:
    | ((
      c: Context<E>,
    ) => ContextInput | Promise<ContextInput>)
    | undefined;
  /**
   * The client to use, such as one of `forTesting`. By default one is made with the first request, for each SDK key that
   * the bindings hold (`FEATUREFLIP_SDK_KEY`, `FEATUREFLIP_BASE_URL`), else with the environment variables of these names.
   */
  readonly client?: FeatureflipClient | undefined;
  /**
   * Options for the client that is made, which count before the bindings; or a function that gives them, for what only a
   * request's bindings hold. It is asked once for each SDK key.
   */
  readonly options?: FeatureflipOptions | ((c: Context<E>) => FeatureflipOptions) | undefined;
  /** How long a request waits for the first flags, in ms; 3,000 by default. Without flags there are the defaults. */
  readonly timeout?: number | undefined;
}

/**
 * Middleware for Hono: `c.var.flags` is a client bound to the request's context and to the flags of this moment.
 *
 * Where a request is all there is (Workers, Vercel's Edge runtime), flags are loaded and refreshed within requests, and
 * what can go on behind the response goes to `c.executionCtx.waitUntil`, events among it (contract §6.1). No request fails
 * for want of flags: it is served the defaults.
 *
 * @throws {ConfigurationError} when the time-out is none.
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { featureflip } from "@featureflip/sdk/hono";
 *
 * const app = new Hono()
 *   .use(featureflip({
 *     client: FeatureflipClient.forTesting({ "dark-mode": true }), // left out, it is made from the bindings
 *     context: (c) => ({ user_id: c.req.query("user") }),
 *   }))
 *   .get("/", (c) => c.text(c.var.flags.variation("dark-mode", false) ? "dark" : "light"));
 *
 * const response = await app.request("/?user=ada");
 * console.log(await response.text()); // dark
 * ```
 */
export function featureflip<E extends Env = Env>(
  options: FeatureflipMiddlewareOptions<E> = {},
): MiddlewareHandler<E & { Variables: FeatureflipVariables }> {
  const run = withRequestFlags<[Context<E>]>(options);
  return (c, next) => {
    // The same context before `flags` is set; Hono's types hold the two for strangers.
    const before = c as unknown as Context<E>;
    return run({ bindings: c.env, waitUntil: waitUntilOf(c) }, [before], async (flags) => {
      c.set("flags", flags);
      await next();
    });
  };
}

/** Hono throws where the host gave no execution context. */
function waitUntilOf(c: Context): WaitUntil | undefined {
  try {
    const { executionCtx } = c;
    return (work) => executionCtx.waitUntil(work);
  } catch {
    return undefined;
  }
}
