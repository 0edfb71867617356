// The Cron job in vercel.json calls this every two minutes. It writes the flags to the Edge Config that theme.ts reads.
// It needs a Vercel access token: an Edge Config token can only read.
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
  // Throw, so that the failure appears in Vercel's log, for example: the flags are too large for the plan.
  if (client.status.storeError !== undefined) throw client.status.storeError;
  return new Response(null, { status: 204 });
}
