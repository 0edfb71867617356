// A function on Vercel's Edge runtime. Its instances read the flags from Edge Config. A Cron job writes them there
// (refresh.ts), so no request waits for the service:
//   npm install @featureflip/sdk @vercel/edge-config
//   npx vercel env add FEATUREFLIP_SDK_KEY && npx vercel deploy      (Vercel sets EDGE_CONFIG when a store is connected)
import { get } from "@vercel/edge-config";
import { FeatureflipClient } from "@featureflip/sdk";
import { edgeConfigStore } from "@featureflip/sdk/vercel";

export const config = { runtime: "edge" };

// `get` reads the Edge Config in EDGE_CONFIG.
const client = new FeatureflipClient({ store: edgeConfigStore({ get }) });

export default async function handler(request: Request): Promise<Response> {
  // Reads the flags from Edge Config, at most every 30 s. Fallbacks: the service, then defaults.
  await client.waitForInitialization().catch((error) => console.warn(error.message));
  const user = new URL(request.url).searchParams.get("user");
  const darkMode = client.boolVariation("dark-mode", { user_id: user }, false);
  return new Response(darkMode ? "dark\n" : "light\n");
}
