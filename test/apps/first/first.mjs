import { strictEqual } from "node:assert/strict";
import { FeatureflipClient } from "@featureflip/sdk";
import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import { flag, where } from "@featureflip/sdk/testing";

const darkMode = flag("dark-mode").when(where("user_id", "Equals", "ada"), "on").otherwise("off");
const server = await serve(
  createEvaluationApi({ sdkKeys: ["sdk-local"], environment: { flags: [darkMode] } }),
);
const client = await FeatureflipClient.create({ sdkKey: "sdk-local", baseUrl: server.url });
strictEqual(client.variation("dark-mode", { user_id: "ada" }, false), true);
strictEqual(client.variation("dark-mode", { user_id: "bob" }, true), false);
await client.close();
await server.close();
console.log("ok");
