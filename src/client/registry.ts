import { log } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { checkBootstrap } from "./bootstrap.ts";
import { createSharedCore } from "./core.ts";
import type { Core } from "./core.ts";
import type { CoreOptions } from "./resolve-options.ts";

/** Its version rises when cores of two copies of this package no longer understand each other. */
const REGISTRY = Symbol.for("@featureflip/sdk/registry/1");

/**
 * Finds the live core of an SDK key and base URL, or makes one (contract §6). Offline and test clients share nothing.
 *
 * @param logger Of the handle that asks: told in which plain options it differs from the core it is to share.
 * @throws {ConfigurationError} when the bootstrap is no snapshot.
 */
export function coreFor(options: CoreOptions, runtime: Runtime, logger: Logger): Core {
  if (options.mode === "offline" || options.mode === "test") {
    return createSharedCore(options, runtime, logger, () => {});
  }
  const cores = registry();
  const name = `${options.baseUrl} ${options.sdkKey}`;
  const live = cores.get(name);
  if (live === undefined) {
    const core = createSharedCore(options, runtime, logger, () => cores.delete(name));
    cores.set(name, core);
    return core;
  }
  checkBootstrap(options, logger);
  const differing = differingOptions(options, live.options);
  if (differing.length > 0) {
    const message =
      "This client shares the connection of an earlier one with the same SDK key, whose options stay";
    log(logger, "warn", `${message}: ${differing.join(", ")}`);
  }
  return live;
}

/** The names of the options in which a later handle differs; objects of the host are not compared (contract §6). */
function differingOptions(
  { bootstrap: _bootstrap, store: _store, ...options }: CoreOptions,
  others: Core["options"],
): string[] {
  const names = Object.keys(options) as (keyof typeof options)[];
  return names.filter((name) => textOf(options[name]) !== textOf(others[name]))
    .map((name) => name === "mode" ? "mode (or streaming)" : name);
}

/** An attribute of a default context may be anything, and what is no JSON counts as no difference. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** On `globalThis`, so that two copies of this package in one process share it; unseen, since who prints that prints no keys. */
function registry(): Map<string, Core> {
  const globals = globalThis as { readonly [REGISTRY]?: Map<string, Core> };
  if (globals[REGISTRY] === undefined) Object.defineProperty(globals, REGISTRY, { value: new Map() });
  return globals[REGISTRY]!;
}
