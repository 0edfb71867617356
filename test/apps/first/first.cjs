const { strictEqual } = require("node:assert/strict");
const { FeatureflipClient } = require("@featureflip/sdk");
const { createEvaluationApi, serve } = require("@featureflip/sdk/server");
const { flag, where } = require("@featureflip/sdk/testing");

async function main() {
  const darkMode = flag("dark-mode").when(where("user_id", "Equals", "ada"), "on").otherwise("off");
  const api = createEvaluationApi({ sdkKeys: ["sdk-local"], environment: { flags: [darkMode] } });
  const server = await serve(api);
  const client = await FeatureflipClient.create({ sdkKey: "sdk-local", baseUrl: server.url });
  strictEqual(client.variation("dark-mode", { user_id: "ada" }, false), true);
  strictEqual(client.variation("dark-mode", { user_id: "bob" }, true), false);
  await client.close();
  await server.close();
  console.log("ok");
}

void main();
