// The first program of docs/getting-started.md, for Node, Deno and Bun.

import { FeatureflipClient } from "@featureflip/sdk";

// Reads the SDK key from FEATUREFLIP_SDK_KEY and the API's address from FEATUREFLIP_BASE_URL.
const client = await FeatureflipClient.create();

const user = { user_id: "u-123", plan: "pro" };
console.log("dark mode:", client.boolVariation("dark-mode", user, false));
console.log("tier:", client.variation("pricing-tier", user, "free"));

await client.close();
