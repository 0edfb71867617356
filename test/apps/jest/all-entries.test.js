import { expect, test } from "@jest/globals";
import { FeatureflipClient } from "@featureflip/sdk";
import { FeatureflipProvider } from "@featureflip/sdk/openfeature";
import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import { memoryStore } from "@featureflip/sdk/stores";
import { flag } from "@featureflip/sdk/testing";

test("a client follows a local Evaluation API", async () => {
  const api = createEvaluationApi({
    sdkKeys: ["sdk-local"],
    environment: { flags: [flag("dark-mode").otherwise("on")] },
  });
  const server = await serve(api);
  const client = await FeatureflipClient.create({
    sdkKey: "sdk-local",
    baseUrl: server.url,
    store: memoryStore(),
  });
  expect(client.variation("dark-mode", {}, false)).toBe(true);
  const provider = new FeatureflipProvider({ client });
  expect(await provider.resolveBooleanEvaluation("dark-mode", false, {})).toMatchObject({ value: true });
  await client.close();
  await server.close();
});
