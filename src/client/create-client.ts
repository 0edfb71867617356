import type { Runtime } from "../runtime/runtime.ts";
import type { FeatureflipOptions } from "./options.ts";
import { FeatureflipClient } from "./client.ts";
import { withRuntime } from "./given-runtime.ts";

/** Makes a client on a given runtime: an adapter's, whose clients all stand on one, or a test's, with its clock. `mod.ts` does not export it. */
export function createClient(options: FeatureflipOptions, runtime: Runtime): FeatureflipClient {
  return new FeatureflipClient(withRuntime(options, runtime));
}
