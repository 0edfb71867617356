import { FeatureflipClient } from "@featureflip/sdk";

const client = new FeatureflipClient(); // reads FEATUREFLIP_SDK_KEY

// Astro's server ends at once. The events that wait are sent first.
process.once("SIGTERM", async () => {
  await client.close();
  process.exit();
});

/** Binds the flags of one moment to the user of the request. */
export async function onRequest({ locals, url }, next) {
  // Waits for the first flags only; afterwards it does nothing.
  await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));
  locals.flags = client.forContext({ user_id: url.searchParams.get("user") });
  return await next();
}
