// A function on Vercel's Edge runtime that reads a flag for every request:
//   npx vercel env add FEATUREFLIP_SDK_KEY && npx vercel deploy
import { FeatureflipClient } from "@featureflip/sdk";

export const config = { runtime: "edge" };

// One client per instance. The constructor does no I/O.
const client = new FeatureflipClient();

export default async function handler(request: Request): Promise<Response> {
  // Loads or refreshes the flags; no I/O while they are fresh. If loading fails, defaults are served.
  await client.waitForInitialization().catch((error) => console.warn(error.message));
  const user = new URL(request.url).searchParams.get("user");
  const darkMode = client.boolVariation("dark-mode", { user_id: user }, false);
  return new Response(darkMode ? "dark\n" : "light\n");
}
