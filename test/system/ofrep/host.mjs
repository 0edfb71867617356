// An endpoint in a process of its own, on Node, Bun or Deno: `host.mjs SERVICE_URL`. It prints where it listens.
import { FeatureflipClient } from "@featureflip/sdk";
import { createOfrepHandler } from "@featureflip/sdk/ofrep";
import { serve } from "@featureflip/sdk/server";
import process from "node:process";
import { OPTIONS } from "./options.mjs";

// Random contexts cause warnings.
const silent = { debug() {}, info() {}, warn() {}, error: console.error };
const client = await FeatureflipClient.create({
  sdkKey: "sdk-ofrep",
  baseUrl: process.argv[2],
  logger: silent,
});
const handler = createOfrepHandler(client, OPTIONS);
const server = await serve({ fetch: handler, close: () => client.close() });
console.log(server.url);
process.once("SIGTERM", () => server.close().then(() => process.exit(0)));
