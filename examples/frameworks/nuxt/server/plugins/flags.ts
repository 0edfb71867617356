import { FeatureflipClient } from "@featureflip/sdk";

// Nitro runs a plugin once, when the server starts. The same file serves an application of Nitro alone.
export default defineNitroPlugin((nitro) => {
  const client = new FeatureflipClient(); // reads FEATUREFLIP_SDK_KEY
  nitro.hooks.hook("request", async (event) => {
    // Waits for the first flags only; afterwards it does nothing.
    await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));
    event.context.flags = client.forContext({ user_id: getQuery(event).user });
  });
  nitro.hooks.hook("close", () => client.close());
});
