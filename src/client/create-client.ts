import type { Runtime } from "../runtime/runtime.ts";
import { FeatureflipClient } from "./client.ts";
import { withRuntime } from "./internals.ts";
import type { FeatureflipOptions } from "./options.ts";

/** Creates a client on a given runtime: for adapters, whose clients share one, and for tests, which bring their own clock. */
export function createClient(options: FeatureflipOptions, runtime: Runtime): FeatureflipClient {
  return new FeatureflipClient(withRuntime(options, runtime));
}
