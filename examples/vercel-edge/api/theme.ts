// A function on Vercel's Edge runtime that reads a flag for every request:
//   npx vercel env add FEATUREFLIP_SDK_KEY && npx vercel deploy
import { FeatureflipClient } from "@featureflip/sdk";

export const config = { runtime: "edge" };

// One for the life of the instance. Constructing does no I/O.
const client = new FeatureflipClient();

export default async function handler(request: Request): Promise<Response> {
  // Loads the flags or refreshes them; costs nothing while they are fresh. Without the service: defaults.
  await client.waitForInitialization().catch((error) => console.warn(error.message));
  const user = new URL(request.url).searchParams.get("user");
  const darkMode = client.variation("dark-mode", { user_id: user }, false);
  return new Response(darkMode ? "dark\n" : "light\n");
}
