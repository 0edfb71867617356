/** The other SDKs, by the names of their files in `contenders/peers/`. */
export const PEERS: readonly string[] = [
  "configcat",
  "flagd",
  "growthbook",
  "launchdarkly",
  "unleash",
  "vercel",
];
