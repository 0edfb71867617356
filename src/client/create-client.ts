import type { Runtime } from "../runtime/runtime.ts";
import { FeatureflipClient } from "./client.ts";
import type { FeatureflipOptions } from "./options.ts";

/** Makes a client on a given runtime: an adapter's, whose clients all stand on one, or a test's, with its clock. `mod.ts` does not export it. */
export function createClient(options: FeatureflipOptions, runtime: Runtime): FeatureflipClient {
  return new FeatureflipClient(withRuntime(options, runtime));
}

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
