import type { FeatureflipClientLike } from "../../client/client.ts";
import { createClient } from "../../client/create-client.ts";
import type { FeatureflipOptions } from "../../client/options.ts";
import { hasBrand } from "../../errors/brand.ts";
import { timeoutOf } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { messageOf } from "../../errors/format.ts";
import { detectRuntime } from "../../runtime/detect-runtime.ts";
import { consoleLogger, isLogger, log } from "../../runtime/logger.ts";
import type { Runtime } from "../../runtime/runtime.ts";

/** The client's settings in a host's bindings, named like the environment variables of other hosts. */
export interface FeatureflipBindings {
  /** The environment's SDK key. */
  readonly FEATUREFLIP_SDK_KEY?: string | undefined;
  /** The base URL of the Evaluation API. */
  readonly FEATUREFLIP_BASE_URL?: string | undefined;
}

/** Returns the client for a request's bindings; `options` is called once for each SDK key. */
export type ClientPool = (bindings: unknown, options: () => FeatureflipOptions) => FeatureflipClientLike;

/**
 * Creates a pool of clients, one for each SDK key in the bindings. They live as long as the process or isolate. When a
 * client can't be created, the error is logged and an offline client serves defaults, so that requests are still answered.
 */
export function createClientPool(runtime: Runtime = detectRuntime()): ClientPool {
  const clients = new Map<string, FeatureflipClientLike>();

  function make(bound: FeatureflipOptions, options: () => FeatureflipOptions): FeatureflipClientLike {
    let logger = consoleLogger;
    try {
      const given = options();
      if (isLogger(given.logger)) ({ logger } = given);
      const { sdkKey = bound.sdkKey, baseUrl = bound.baseUrl } = given;
      return createClient({ ...given, sdkKey, baseUrl }, runtime);
    } catch (error) {
      const message = `Cannot create the client, every flag serves its default: ${messageOf(error)}`;
      log(logger, "error", message);
      return createClient({ mode: "offline", logger }, runtime);
    }
  }

  return (bindings, options) => {
    const bound = boundOptions(bindings);
    const name = `${bound.sdkKey} ${bound.baseUrl}`;
    let client = clients.get(name);
    if (client === undefined) clients.set(name, client = make(bound, options));
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

/**
 * Checks an adapter's options, and returns its timeout; `undefined` without one.
 *
 * @param action What the adapter does, for the message: `"wrap handler"`.
 * @param others The names of the adapter's own options.
 * @throws {ConfigurationError} when an option is unknown or out of range, `client` is not a client, or `clientOptions` are
 * given beside it.
 */
export function checkClientChoice(
  action: string,
  options: ClientChoice,
  others: readonly string[],
): number | undefined {
  if (hasBrand(options, "FeatureflipClient")) {
    throw new ConfigurationError("client", `Cannot ${action}: pass the client as { client }`);
  }
  const timeout = timeoutOf(action, options, 1, ["client", "clientOptions", "timeout", ...others]);
  const { client, clientOptions } = options;
  // By its brand: `instanceof` of a plain class fails for a client of another copy of this package.
  if (client !== undefined && !hasBrand(client, "FeatureflipClient")) {
    throw new ConfigurationError("client", `Cannot ${action}: 'client' must be a FeatureflipClient`);
  }
  if (client !== undefined && clientOptions !== undefined) {
    const message = `Cannot ${action}: 'client' and 'clientOptions' must not both be given`;
    throw new ConfigurationError("clientOptions", message);
  }
  return timeout;
}
