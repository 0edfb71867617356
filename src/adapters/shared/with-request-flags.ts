import { clientHandle } from "../../client/client-handle.ts";
import type { FeatureflipClient } from "../../client/client.ts";
import type { ContextClient } from "../../client/context-client.ts";
import type { FeatureflipOptions } from "../../client/options.ts";
import { timeoutOf } from "../../client/resolve-options.ts";
import { REQUEST_DEADLINE_MS } from "../../contract/limits.ts";
import type { ContextInput } from "../../evaluation/evaluation-context.ts";
import type { WaitUntil } from "../../runtime/runtime.ts";
import { awaitFlags } from "./await-flags.ts";
import { createClientPool } from "./client-pool.ts";

/** What a handler's wrapper can be told; `Args` is what the host hands to the handler. */
export interface RequestOptions<Args extends readonly unknown[]> {
  /** Whom a request's flags are for, from what the host hands over; nobody in particular by default. */
  readonly context?:
    | ((
      ...args: Args
    ) => ContextInput | Promise<ContextInput>)
    | undefined;
  /** The client to use, such as one of `forTesting`; by default one is made with the first request. */
  readonly client?: FeatureflipClient | undefined;
  /** Options for the client that is made, which count before the bindings; or a function that gives them, asked once for each SDK key. */
  readonly options?: FeatureflipOptions | ((...args: Args) => FeatureflipOptions) | undefined;
  /** How long a request waits for the first flags, in ms; 3,000 by default. Without flags there are the defaults. */
  readonly timeout?: number | undefined;
}

/** What of a request's arguments the client needs. */
export interface HostRequest {
  readonly bindings?: unknown;
  readonly waitUntil: WaitUntil | undefined;
}

/** Runs one request with its flags: what every framework's and host's wrapper comes to. */
export type RunWithFlags<Args extends readonly unknown[]> = <R>(
  host: HostRequest,
  args: Args,
  run: (flags: ContextClient) => R | Promise<R>,
) => Promise<R>;

/**
 * Makes the runner of a wrapper's requests.
 *
 * @throws {ConfigurationError} when the time-out is none.
 */
export function withRequestFlags<Args extends readonly unknown[]>(
  options: RequestOptions<Args>,
): RunWithFlags<Args> {
  const { client: given, context, options: clientOptions = {} } = options;
  // Here, where somebody sees it: a request would be served its defaults.
  const timeout = timeoutOf(options) ?? REQUEST_DEADLINE_MS;
  const clientFor = createClientPool();

  return async ({ bindings, waitUntil }, args, run) => {
    const client = given ??
      clientFor(bindings, () => typeof clientOptions === "function" ? clientOptions(...args) : clientOptions);
    const handle = clientHandle(client);
    await awaitFlags(client, { timeout, waitUntil });
    try {
      return await run(handle.bind(await context?.(...args), waitUntil));
    } finally {
      // What was recorded by the client itself.
      handle.deliverWhenDue(waitUntil);
    }
  };
}
