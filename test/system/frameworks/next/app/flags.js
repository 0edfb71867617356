import { FeatureflipClient } from "@featureflip/sdk";

let client;

/** The client of this process, made by whichever page asks first. FEATUREFLIP_BASE_URL names the service. */
export async function getFlag() {
  client ??= new FeatureflipClient({ sdkKey: "sdk-next", flushInterval: 1_000 });
  await client.waitForInitialization({ timeout: 10_000 }).catch(() => {});
  const { value, reason } = client.variationDetail("banner", { user_id: "u1" }, "none", { track: true });
  return `[${value} ${reason} ${client.status.mode}]`;
}
