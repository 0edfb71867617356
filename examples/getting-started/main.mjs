// The first program of docs/getting-started.md, for Node, Deno and Bun.

import { FeatureflipClient } from "@featureflip/sdk";

// The SDK key comes from FEATUREFLIP_SDK_KEY, and from FEATUREFLIP_BASE_URL where the flags are.
const client = await FeatureflipClient.create();

const user = { user_id: "u-123", plan: "pro" };
console.log("dark mode:", client.variation("dark-mode", user, false));
console.log("tier:", client.variation("pricing-tier", user, "free"));

await client.close();
