import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { CoreOptions } from "./resolve-options.ts";
import { SharedCore } from "./shared-core.ts";

/** A core as the registry holds it: weakly where it has a connection, strongly where it is plain data. */
interface Held {
  deref(): SharedCore | undefined;
}

/** Its version rises when cores of two copies of this package no longer understand each other. */
const REGISTRY = Symbol.for("@featureflip/sdk/registry/1");

/** Options that are plain values: those of a later handle are compared with the core's. */
const COMPARED = [
  "connectTimeout",
  "readTimeout",
  "initTimeout",
  "mode",
  "pollInterval",
  "maxStreamRetries",
  "maxAge",
  "sendEvents",
  "flushInterval",
  "flushBatchSize",
  "evaluationEvents",
  "privateAttributes",
  "defaultContext",
] as const satisfies readonly (keyof CoreOptions)[];

/**
 * Finds the live core of an SDK key and base URL, or makes one (contract §6). Offline clients share nothing.
 *
 * @param logger Of the handle that asks.
 * @throws {ConfigurationError} when a core has to be made, and the bootstrap is no snapshot.
 */
export function coreFor(options: CoreOptions, runtime: Runtime, logger: Logger): SharedCore {
  if (options.mode === "offline") return new SharedCore(options, runtime, logger, () => {});
  const cores = registry();
  const name = `${options.baseUrl} ${options.sdkKey}`;
  const live = cores.get(name)?.deref();
  if (live !== undefined) return live;

  const core: SharedCore = new SharedCore(options, runtime, logger, () => {
    if (cores.get(name)?.deref() === core) cores.delete(name);
  });
  cores.set(
    name,
    core.outlivesHandles || typeof WeakRef !== "function" ? { deref: () => core } : new WeakRef(core),
  );
  return core;
}

/** The names of the plain options in which a later handle differs from the core it shares. */
export function differingOptions(options: CoreOptions, core: SharedCore): string[] {
  return COMPARED.filter((name) => textOf(options[name]) !== textOf(core.options[name]))
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

/** On `globalThis`, so that two copies of this package in one process share it. */
function registry(): Map<string, Held> {
  const globals = globalThis as { [REGISTRY]?: Map<string, Held> };
  return globals[REGISTRY] ??= new Map();
}
