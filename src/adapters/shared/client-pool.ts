import type { FeatureflipClient } from "../../client/client.ts";
import { createClient } from "../../client/create-client.ts";
import type { FeatureflipOptions } from "../../client/options.ts";
import { messageOf } from "../../errors/format.ts";
import { detectRuntime } from "../../runtime/detect-runtime.ts";
import { consoleLogger, isLogger, log } from "../../runtime/logger.ts";
import type { Runtime } from "../../runtime/runtime.ts";

/** What a host's bindings say of the client, as the environment variables of the same names do elsewhere. */
export interface FeatureflipBindings {
  /** The environment's SDK key. */
  readonly FEATUREFLIP_SDK_KEY?: string | undefined;
  /** Where the Evaluation API is. */
  readonly FEATUREFLIP_BASE_URL?: string | undefined;
}

/** Gives the client of a request's bindings; `options` is asked once for each SDK key. */
export type ClientPool = (bindings: unknown, options: () => FeatureflipOptions) => FeatureflipClient;

/**
 * Makes a pool of clients, one for each SDK key that bindings hold. They live as long as the process or isolate. One that
 * can't be made is a mistake to be logged, and no reason to answer nobody: an offline one serves the defaults.
 */
export function createClientPool(runtime: Runtime = detectRuntime()): ClientPool {
  const clients = new Map<string, FeatureflipClient>();

  function make(bound: FeatureflipOptions, options: () => FeatureflipOptions): FeatureflipClient {
    let logger = consoleLogger;
    try {
      const given = options();
      if (isLogger(given.logger)) ({ logger } = given);
      const { sdkKey = bound.sdkKey, baseUrl = bound.baseUrl } = given;
      return createClient({ ...given, sdkKey, baseUrl }, runtime);
    } catch (error) {
      const message = `Every flag serves its default, since no client could be made: ${messageOf(error)}`;
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

/** On Node, Bun and Deno the bindings are the host's own objects, in which these names mean nothing. */
function boundOptions(bindings: unknown): FeatureflipOptions {
  const { FEATUREFLIP_SDK_KEY: sdkKey, FEATUREFLIP_BASE_URL: baseUrl } =
    (bindings ?? {}) as FeatureflipBindings;
  return { sdkKey: textOf(sdkKey), baseUrl: textOf(baseUrl) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
