// A Cloudflare Worker whose isolates everywhere read the flags from one Durable Object. Its alarm keeps them fresh, so no
// request ever waits for the service:
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

/** Keeps the flags, and calls `refresh` every 20 s from the first request on. */
export class Snapshots extends SnapshotObject {
  override refresh(): Promise<void> {
    return client.refresh();
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    // Reads the flags from the object, every 30 s at most. Without it: from the service. Without either: defaults.
    await client.waitForInitialization().catch((error) => console.warn(error.message));
    const user = new URL(request.url).searchParams.get("user");
    const darkMode = client.variation("dark-mode", { user_id: user }, false);
    return new Response(darkMode ? "dark\n" : "light\n");
  },
};
