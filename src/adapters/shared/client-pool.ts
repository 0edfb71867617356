import type { FeatureflipClientLike } from "../../client/client.ts";
import { createClient } from "../../client/create-client.ts";
import { clientHandle, isClient } from "../../client/internals.ts";
import type { FeatureflipOptions } from "../../client/options.ts";
import { MAX_IDLE_CORES } from "../../contract/limits.ts";
import { hasBrand } from "../../errors/brand.ts";
import { checkOptions, mayBeOptions, timeRule } from "../../errors/check-option.ts";
import type { OptionRule, OptionRules } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { messageOf } from "../../errors/format.ts";
import { detectRuntime } from "../../runtime/detect-runtime.ts";
import { consoleLogger, isLogger, log } from "../../runtime/logger.ts";
import type { Logger } from "../../runtime/logger.ts";
import { createOnce } from "../../runtime/once.ts";
import type { Runtime } from "../../runtime/runtime.ts";

/** The client's settings in a host's bindings, named like the environment variables of other hosts. */
export interface FeatureflipBindings {
  /** The environment's SDK key. */
  readonly FEATUREFLIP_SDK_KEY?: string | undefined;
  /** The base URL of the Evaluation API. */
  readonly FEATUREFLIP_BASE_URL?: string | undefined;
}

/** Returns the client of a request: that of the SDK key and base URL in its `options`, or else in its bindings. */
export type ClientPool = (bindings: unknown, options: () => FeatureflipOptions) => FeatureflipClientLike;

/**
 * Creates a pool of clients, one for each SDK key and base URL. They live as long as the process; on request-scoped runtimes
 * the 32 used last are kept. When a client can't be created, the error is logged and an offline client serves defaults, so that
 * requests are still answered.
 */
export function createClientPool(runtime: Runtime = detectRuntime()): ClientPool {
  const clients = new Map<string, FeatureflipClientLike>();
  const isFirst = createOnce();

  function make(options: FeatureflipOptions, { logger: given }: FeatureflipOptions): FeatureflipClientLike {
    const logger = isLogger(given) ? given : consoleLogger;
    try {
      return createClient(options, runtime);
    } catch (error) {
      return offline(logger, error);
    }
  }

  function offline(logger: Logger, error: unknown): FeatureflipClientLike {
    const message = `Cannot create the client, every flag serves its default: ${messageOf(error)}`;
    if (isFirst(message)) log(logger, "error", message);
    return createClient({ mode: "offline", logger }, runtime);
  }

  return (bindings, options) => {
    const bound = boundOptions(bindings);
    let given: FeatureflipOptions;
    try {
      const returned = options();
      if (!mayBeOptions(returned)) throw new TypeError("'clientOptions' must return client options");
      given = { ...returned };
    } catch (error) {
      return offline(consoleLogger, error);
    }
    // Asked for each request: the answer may depend on it, as where each tenant has a key of its own.
    const { sdkKey = bound.sdkKey, baseUrl = bound.baseUrl } = given;
    const name = `${sdkKey} ${baseUrl}`;
    let client = clients.get(name);
    if (client === undefined) client = make({ ...given, sdkKey, baseUrl }, given);
    else if (runtime.hasBackground) return client;
    else clients.delete(name);
    clients.set(name, client); // the last one is the one used last
    if (!runtime.hasBackground && clients.size > MAX_IDLE_CORES) {
      const [oldest, forgotten] = clients.entries().next().value!;
      clients.delete(oldest);
      clientHandle(forgotten).release();
    }
    return client;
  };
}

/** On Node, Bun and Deno the bindings are objects of the host, where these names may hold anything. */
function boundOptions(bindings: unknown): FeatureflipOptions {
  const { FEATUREFLIP_SDK_KEY: sdkKey, FEATUREFLIP_BASE_URL: baseUrl } =
    (bindings ?? {}) as FeatureflipBindings;
  return { sdkKey: stringOf(sdkKey), baseUrl: stringOf(baseUrl) };
}

function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The options that every adapter has. */
export interface ClientChoice {
  readonly client?: object | undefined;
  readonly clientOptions?: unknown;
  readonly timeout?: number | undefined;
}

/** The rule of client options that may depend on the request. */
export const PER_REQUEST: OptionRule<unknown> = [
  undefined,
  "an object of client options, or a function that returns one",
  (value) => mayBeOptions(value) || typeof value === "function",
];

const RULES: OptionRules<ClientChoice> = {
  client: [undefined, "a FeatureflipClient", isClient],
  clientOptions: [undefined, "an object of client options", mayBeOptions],
  timeout: timeRule(undefined),
};

/**
 * Checks an adapter's options, and returns its timeout; `undefined` without one.
 *
 * @param action What the adapter does, for the message: `"wrap handler"`.
 * @param others The rules of the adapter's own options.
 * @throws {ConfigurationError} when an option is unknown or out of range, `client` is not a client, or `clientOptions` are
 * given beside it.
 */
export function checkClientChoice(
  action: string,
  options: ClientChoice,
  others: Readonly<Record<string, OptionRule<unknown>>> = {},
): number | undefined {
  if (hasBrand(options, "FeatureflipClient")) {
    throw new ConfigurationError("client", `Cannot ${action}: pass the client as { client }`);
  }
  const { client, clientOptions, timeout } = checkOptions<ClientChoice>(action, options, {
    ...RULES,
    ...others,
  });
  if (client !== undefined && clientOptions !== undefined) {
    const message = `Cannot ${action}: 'client' and 'clientOptions' must not both be given`;
    throw new ConfigurationError("clientOptions", message);
  }
  return timeout;
}
