/** A contender's file, and the import of its package that an application would use. */
export interface Peer {
  readonly name: string;
  /** In `contenders/`. */
  readonly file: string;
  /** The import that is bundled to measure its size. */
  readonly entry: string;
}

/** This SDK and the two floors. */
export const OURS: readonly Peer[] = [
  { name: "ours", file: "ours", entry: `export { FeatureflipClient } from "@featureflip/sdk";` },
  { name: "floor", file: "floor", entry: `export { Floor } from "./floor/floor.ts";` },
  { name: "minimal", file: "minimal", entry: `export { Minimal } from "./floor/minimal.ts";` },
];

/** The other SDKs. */
export const PEERS: readonly Peer[] = [
  {
    name: "ConfigCat",
    file: "peers/configcat",
    entry: `export { getClient, PollingMode, User } from "@configcat/sdk";`,
  },
  { name: "flagd", file: "peers/flagd", entry: `export { FlagdCore } from "@openfeature/flagd-core";` },
  {
    name: "GrowthBook",
    file: "peers/growthbook",
    entry: `export { GrowthBookClient } from "@growthbook/growthbook";`,
  },
  {
    name: "LaunchDarkly",
    file: "peers/launchdarkly",
    entry: `export { init } from "@launchdarkly/node-server-sdk";`,
  },
  { name: "Unleash", file: "peers/unleash", entry: `export { Unleash } from "unleash-client";` },
  { name: "Vercel", file: "peers/vercel", entry: `export { createClient } from "@vercel/flags-core";` },
];
