import { FeatureflipClient } from "@featureflip/sdk";

// `.server` keeps this file out of the browser's bundle.
export const client = new FeatureflipClient(); // reads FEATUREFLIP_SDK_KEY

// The server finishes its requests meanwhile, and the process ends after both.
process.once("SIGTERM", () => client.close());
