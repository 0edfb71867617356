// A Cloudflare Worker. Isolates in every location read the flags from KV. A Cron trigger writes them every minute, so no
// request waits for the service:
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
    // Reads the flags from KV, at most every 30 s. Fallbacks: the service, then defaults.
    await client.waitForInitialization().catch((error) => console.warn(error.message));
    const user = new URL(request.url).searchParams.get("user");
    const darkMode = client.boolVariation("dark-mode", { user_id: user }, false);
    return new Response(darkMode ? "dark\n" : "light\n");
  },

  // KV's free plan allows 1,000 writes a day: use two minutes there. If KV is older than 5 minutes, requests fetch themselves.
  async scheduled(): Promise<void> {
    await client.refresh();
    // Throw, so that the failure appears in the Worker's error log.
    if (client.status.storeError !== undefined) throw client.status.storeError;
  },
};
