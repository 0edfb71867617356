import { MAX_IDLE_CORES } from "../contract/limits.ts";
import { md5Hex } from "../evaluation/md5.ts";
import { log } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { checkBootstrap } from "./bootstrap.ts";
import { Core } from "./core.ts";
import type { CoreOptions } from "./resolve-options.ts";

/** The version rises when the cores of two copies of this package no longer understand each other. */
const REGISTRY = Symbol.for("@featureflip/sdk/registry/3");

/**
 * Returns the live core of an SDK key and base URL, or a new one (contract §6). Offline and test clients share nothing.
 *
 * @param logger The logger of the handle that asks: warned about plain options that differ from those of the shared core.
 * @throws {ConfigurationError} when the bootstrap is not a snapshot.
 */
export function coreFor(options: CoreOptions, runtime: Runtime, logger: Logger): Core {
  if (options.mode === "offline" || options.mode === "test") {
    return new Core(options, runtime, logger, () => {});
  }
  const cores = registry();
  // A digest: the registry is reachable from `globalThis`, and printing that must not print SDK keys.
  const name = md5Hex(`${options.baseUrl} ${options.sdkKey}`);
  const live = cores.get(name);
  if (live === undefined) {
    const core = new Core(options, runtime, logger, (isOver) => {
      // A core without handles whose place was given up for others, or taken by a later one, is over too.
      if (cores.get(name) !== core) return;
      cores.delete(name);
      if (!isOver) cores.set(name, core);
      forgetIdle(cores);
    });
    cores.set(name, core);
    forgetIdle(cores);
    return core;
  }
  checkBootstrap(options, logger);
  const differing = live.differingOptions(options);
  if (differing.length > 0) {
    const message =
      "This client shares the connection of an earlier one with the same SDK key, whose options stay";
    log(logger, "warn", `${message}: ${differing.join(", ")}`);
  }
  return live;
}

/** Forgets cores without handles, but not the ones that lost theirs last (contract §6.1). */
function forgetIdle(cores: Map<string, Core>): void {
  if (cores.size <= MAX_IDLE_CORES) return;
  const idle = [...cores].filter(([, core]) => core.attachments.isEmpty);
  for (const [name] of idle.slice(0, -MAX_IDLE_CORES)) cores.delete(name);
}

/** On `globalThis`, so that two copies of this package in one process share it; not enumerable. */
function registry(): Map<string, Core> {
  const globals = globalThis as { readonly [REGISTRY]?: Map<string, Core> };
  if (globals[REGISTRY] === undefined) Object.defineProperty(globals, REGISTRY, { value: new Map() });
  return globals[REGISTRY]!;
}
