// A Node server that reads its flags through Vercel's Flags SDK, without Next.js:
//   FEATUREFLIP_SDK_KEY=… node examples/flags-sdk/server.js      (in this repository after `npm run build`)
import { createServer } from "node:http";
import process from "node:process";
import { evaluate, flag } from "flags/next";
import { FeatureflipClient } from "@featureflip/sdk";
import { createFeatureflipAdapter } from "@featureflip/sdk/flags-sdk";

const client = new FeatureflipClient();
const featureflip = createFeatureflipAdapter({ client });

/** Returns the evaluation context of a request. One function for all flags lets the Flags SDK evaluate them together. */
const identify = ({ headers }) => ({ user_id: headers.get("x-user") });

const darkMode = flag({ key: "dark-mode", adapter: featureflip, identify, defaultValue: false });
const pricingTier = flag({ key: "pricing-tier", adapter: featureflip, identify, defaultValue: "free" });

const server = createServer(async (request, response) => {
  const user = new URL(request.url, "http://localhost").searchParams.get("user") ?? "";
  const identified = new Request("http://localhost/", { headers: { "x-user": user } });
  const { dark, tier } = await evaluate({ dark: darkMode, tier: pricingTier }, identified);
  response.setHeader("x-pricing-tier", tier).end(dark ? "dark\n" : "light\n");
});
server.listen(process.env.PORT ?? 3000, () => {
  console.log(`Listening on http://localhost:${server.address().port}`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close(() => client.close());
    setTimeout(() => server.closeAllConnections(), 3_000).unref();
  });
}
