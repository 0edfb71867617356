// A Cloudflare Worker that reads a flag for every request:
//   npx wrangler dev      (.dev.vars has FEATUREFLIP_SDK_KEY=…; or: npx wrangler secret put FEATUREFLIP_SDK_KEY, and deploy)
import { env, waitUntil } from "cloudflare:workers";
import { FeatureflipClient } from "@featureflip/sdk";

// One client per isolate. The constructor does no I/O, so global scope allows it.
const client = new FeatureflipClient({
  sdkKey: env.FEATUREFLIP_SDK_KEY,
  baseUrl: env.FEATUREFLIP_BASE_URL,
  waitUntil,
});

export default {
  async fetch(request: Request): Promise<Response> {
    // Loads or refreshes the flags; no I/O while they are fresh. If loading fails, defaults are served.
    await client.waitForInitialization().catch((error) => console.warn(error.message));
    const user = new URL(request.url).searchParams.get("user");
    const darkMode = client.boolVariation("dark-mode", { user_id: user }, false);
    return new Response(darkMode ? "dark\n" : "light\n");
  },
};
