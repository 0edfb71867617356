// A function on Vercel's Edge runtime whose instances everywhere read the flags from Edge Config. A Cron writes them there
// (refresh.ts), so no request ever waits for the service:
//   npm install @featureflip/sdk @vercel/edge-config
//   npx vercel env add FEATUREFLIP_SDK_KEY && npx vercel deploy      (EDGE_CONFIG is there once a project is connected to one)
import { get } from "@vercel/edge-config";
import { FeatureflipClient } from "@featureflip/sdk";
import { edgeConfigStore } from "@featureflip/sdk/vercel";

export const config = { runtime: "edge" };

// `get` reads the Edge Config that EDGE_CONFIG names.
const client = new FeatureflipClient({ store: edgeConfigStore({ get }) });

export default async function handler(request: Request): Promise<Response> {
  // Reads the flags from Edge Config, every 30 s at most. Without it: from the service. Without either: defaults.
  await client.waitForInitialization().catch((error) => console.warn(error.message));
  const user = new URL(request.url).searchParams.get("user");
  const darkMode = client.variation("dark-mode", { user_id: user }, false);
  return new Response(darkMode ? "dark\n" : "light\n");
}
