import { clientHandle } from "../../client/internals.ts";
import type { FeatureflipClientLike } from "../../client/client.ts";
import type { ContextClient } from "../../client/context-client.ts";
import type { FeatureflipOptions } from "../../client/options.ts";
import type { AnyFlags } from "../../client/typed-flags.ts";
import { REQUEST_DEADLINE_MS } from "../../contract/limits.ts";
import { functionRule } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { kindOf } from "../../errors/format.ts";
import type { ContextInput } from "../../evaluation/evaluation-context.ts";
import type { WaitUntil } from "../../runtime/runtime.ts";
import { awaitFlags } from "./await-flags.ts";
import { checkClientChoice, createClientPool, PER_REQUEST } from "./client-pool.ts";

/** Options of a handler's wrapper; `Args` are the arguments that the host passes to the handler. */
export interface RequestOptions<Args extends readonly unknown[], Flags extends object = AnyFlags> {
  /** The evaluation context of a request, made from the handler's arguments; an empty one by default. */
  readonly context?:
    | ((...args: Args) => ContextInput | Promise<ContextInput>)
    | undefined;
  /**
   * The client to use, such as one of `forTesting`. By default the first request makes one for each SDK key in the host's
   * bindings (`FEATUREFLIP_SDK_KEY`, `FEATUREFLIP_BASE_URL`), or from the environment variables of these names.
   */
  readonly client?: FeatureflipClientLike<Flags> | undefined;
  /**
   * Options of the client that is made, which take precedence over the bindings; or a function that returns them. It is called
   * for each request, and the request gets the client of that SDK key and base URL: each tenant may have a key of its own. The
   * other options count when that client is made. Not together with `client`.
   */
  readonly clientOptions?: FeatureflipOptions | ((...args: Args) => FeatureflipOptions) | undefined;
  /** How long a request waits for the first flags, in ms; 3,000 by default. Without flags, evaluations return their defaults. */
  readonly timeout?: number | undefined;
}

/** The parts of a host's request that the client needs. */
export interface HostRequest {
  readonly bindings?: unknown;
  readonly waitUntil: WaitUntil | undefined;
}

/** Runs one request with its flags; every framework's and host's wrapper ends here. */
export type RunWithFlags<Args extends readonly unknown[], Flags extends object> = <R>(
  host: HostRequest,
  args: Args,
  run: (flags: ContextClient<Flags>) => R | Promise<R>,
) => Promise<R>;

const ACTION = "wrap handler";

const RULES = { clientOptions: PER_REQUEST, context: functionRule() };

/** @throws {ConfigurationError} when it is not a function: inside a request it would fail each of them. */
export function checkHandler(handler: unknown): void {
  if (typeof handler === "function") return;
  const message = `Cannot ${ACTION}: 'handler' must be a function, but is ${kindOf(handler)}`;
  throw new ConfigurationError("handler", message);
}

/**
 * Returns the function that runs a wrapper's requests.
 *
 * @throws {ConfigurationError} when an option is unknown or out of range, or both `client` and `clientOptions` are given.
 */
export function withRequestFlags<Args extends readonly unknown[], Flags extends object>(
  options: RequestOptions<Args, Flags>,
): RunWithFlags<Args, Flags> {
  // Checked here, where the mistake is visible: inside a request it would only cause defaults.
  const timeout = checkClientChoice(ACTION, options, RULES) ?? REQUEST_DEADLINE_MS;
  const { client: given, context, clientOptions = {} } = options;
  const clientFor = createClientPool();

  return async ({ bindings, waitUntil }, args, run) => {
    const client = given ??
      clientFor(bindings, () => typeof clientOptions === "function" ? clientOptions(...args) : clientOptions);
    const handle = clientHandle(client);
    await awaitFlags(client, { timeout, waitUntil });
    try {
      return await run(handle.bind(await context?.(...args), waitUntil) as unknown as ContextClient<Flags>);
    } finally {
      // Events that the handler recorded on the client itself, without a `waitUntil`.
      handle.deliverWhenDue(waitUntil);
    }
  };
}
