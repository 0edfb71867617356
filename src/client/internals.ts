import { hasBrand } from "../errors/brand.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Handle } from "./handle.ts";
import type { FeatureflipOptions } from "./options.ts";

/*
 * What adapters and tests reach inside a client, and `mod.ts` does not export. The symbols are registered: each built entry
 * has a copy of this module.
 */

const HANDLE = Symbol.for("@featureflip/sdk/handle/2");
const RUNTIME = Symbol.for("@featureflip/sdk/runtime/1");

/** Makes {@linkcode clientHandle} find the handle of a client. */
export function bindHandle(client: object, handle: Handle): void {
  Object.defineProperty(client, HANDLE, { value: handle });
}

/** The handle of a client. Through it an adapter passes in the `waitUntil` of one request. */
export function clientHandle(client: object): Handle {
  return (client as { readonly [HANDLE]?: Handle })[HANDLE]!;
}

/** Whether a value is a client of this or another copy of this package, whose handle this one understands. */
export function isClient(value: unknown): value is object {
  return hasBrand(value, "FeatureflipClient") && clientHandle(value as object) !== undefined;
}

/** Adds a runtime to options; a symbol, so that the check for unknown options does not see it. */
export function withRuntime(options: FeatureflipOptions, runtime: Runtime): FeatureflipOptions {
  return { ...options, [RUNTIME]: runtime } as FeatureflipOptions;
}

/** The runtime that {@linkcode withRuntime} added; `undefined` without one. */
export function runtimeOf(options: FeatureflipOptions): Runtime | undefined {
  return (options as { readonly [RUNTIME]?: Runtime } | null)?.[RUNTIME];
}
