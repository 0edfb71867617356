// A Cloudflare Worker whose isolates everywhere read the flags from KV. Each minute a Cron trigger writes them there, so no
// request ever waits for the service:
//   npx wrangler kv namespace create FLAGS      (and put its id into wrangler.json)
//   npx wrangler secret put FEATUREFLIP_SDK_KEY && npx wrangler deploy
import { env, waitUntil } from "cloudflare:workers";
import { FeatureflipClient } from "@featureflip/sdk";
import { kvStore } from "@featureflip/sdk/cloudflare";

const client = new FeatureflipClient({
  sdkKey: env.FEATUREFLIP_SDK_KEY,
  baseUrl: env.FEATUREFLIP_BASE_URL,
  store: kvStore(env.FLAGS),
  waitUntil,
});

export default {
  async fetch(request: Request): Promise<Response> {
    // Reads the flags from KV, every 30 s at most. Without KV: from the service. Without either: defaults.
    await client.waitForInitialization().catch((error) => console.warn(error.message));
    const user = new URL(request.url).searchParams.get("user");
    const darkMode = client.variation("dark-mode", { user_id: user }, false);
    return new Response(darkMode ? "dark\n" : "light\n");
  },

  // KV's free plan has 1,000 writes a day: there, write every other minute. After 5 minutes without, requests ask the service.
  async scheduled(): Promise<void> {
    await client.refresh();
    // Thrown, it shows among the Worker's errors.
    if (client.status.storeError !== undefined) throw client.status.storeError;
  },
};
