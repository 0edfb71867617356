import { FeatureflipClient } from "@featureflip/sdk";

// `.server` keeps this file out of the browser's bundle.
export const client = new FeatureflipClient(); // reads FEATUREFLIP_SDK_KEY

// react-router-serve stops to listen. Once all requests are finished, the events that wait are sent, and the process ends.
process.once("beforeExit", () => client.close());

// After 3 s it ends although somebody still holds a request open.
process.once("SIGTERM", () => {
  const end = async () => {
    await client.close();
    process.exit();
  };
  setTimeout(end, 3_000).unref();
});
