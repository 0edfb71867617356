// What the Cron of vercel.json calls every two minutes: writes the flags to the Edge Config that theme.ts reads. It needs an
// access token of Vercel's, since the Edge Config's own only reads:
//   npx vercel env add VERCEL_ACCESS_TOKEN && npx vercel env add CRON_SECRET      (and VERCEL_TEAM_ID, in a team)
import process from "node:process";
import { createClient } from "@vercel/edge-config";
import { FeatureflipClient } from "@featureflip/sdk";
import { edgeConfigStore } from "@featureflip/sdk/vercel";

const { EDGE_CONFIG, VERCEL_ACCESS_TOKEN = "", VERCEL_TEAM_ID, CRON_SECRET } = process.env;

const write = { token: VERCEL_ACCESS_TOKEN, teamId: VERCEL_TEAM_ID };
const client = new FeatureflipClient({
  mode: "manual",
  store: edgeConfigStore(createClient(EDGE_CONFIG), { write }),
});

export async function GET(request: Request): Promise<Response> {
  const isCron = CRON_SECRET && request.headers.get("authorization") === `Bearer ${CRON_SECRET}`;
  if (!isCron) return new Response(null, { status: 401 });
  await client.refresh();
  // Thrown, it shows in Vercel's log: the flags are too large for the plan, say.
  if (client.status.storeError !== undefined) throw client.status.storeError;
  return new Response(null, { status: 204 });
}
