import type { Runtime } from "../runtime/runtime.ts";
import type { FeatureflipOptions } from "./client-options.ts";
import { FeatureflipClient } from "./client.ts";
import { withRuntime } from "./given-runtime.ts";

/** Makes a client with a runtime of one's own: how tests hand in a clock. `mod.ts` does not export it. */
export function createClient(options: FeatureflipOptions, runtime: Runtime): FeatureflipClient {
  return new FeatureflipClient(withRuntime(options, runtime));
}
