// A Cloudflare Worker. Isolates in every location read the flags from one Durable Object. The object's alarm refreshes
// them, so no request waits for the service:
//   npx wrangler secret put FEATUREFLIP_SDK_KEY && npx wrangler deploy
import { env, waitUntil } from "cloudflare:workers";
import { FeatureflipClient } from "@featureflip/sdk";
import { durableObjectStore, SnapshotObject } from "@featureflip/sdk/cloudflare";

const client = new FeatureflipClient({
  sdkKey: env.FEATUREFLIP_SDK_KEY,
  baseUrl: env.FEATUREFLIP_BASE_URL,
  store: durableObjectStore(env.SNAPSHOTS),
  waitUntil,
});

/** Stores the flags. From the first request on, its alarm calls `refresh` every 20 s. */
export class Snapshots extends SnapshotObject {
  override refresh(): Promise<void> {
    return client.refresh();
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    // Reads the flags from the object, at most every 30 s. Fallbacks: the service, then defaults.
    await client.waitForInitialization().catch((error) => console.warn(error.message));
    const user = new URL(request.url).searchParams.get("user");
    const darkMode = client.boolVariation("dark-mode", { user_id: user }, false);
    return new Response(darkMode ? "dark\n" : "light\n");
  },
};
