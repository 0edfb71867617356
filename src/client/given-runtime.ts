import type { Runtime } from "../runtime/runtime.ts";
import type { FeatureflipOptions } from "./options.ts";

/** Registered, since built entries each have a copy of this module. No name: whoever lists the options does not see it. */
const RUNTIME = Symbol.for("@featureflip/sdk/runtime/1");

/** Options that bring a runtime along, for {@linkcode givenRuntime}. */
export function withRuntime(options: FeatureflipOptions, runtime: Runtime): FeatureflipOptions {
  return { ...options, [RUNTIME]: runtime } as FeatureflipOptions;
}

/** The runtime that options bring along, if they do. */
export function givenRuntime(options: FeatureflipOptions): Runtime | undefined {
  return (options as { readonly [RUNTIME]?: Runtime } | null)?.[RUNTIME];
}
