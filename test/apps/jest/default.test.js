const { expect, test } = require("@jest/globals");
const { ConfigurationError, FeatureflipClient, FeatureflipError } = require("@featureflip/sdk");
const { flag, where } = require("@featureflip/sdk/testing");

test("require() loads the package", async () => {
  const client = FeatureflipClient.forTesting({ "dark-mode": true });
  expect(client.variation("dark-mode", { user_id: "ada" }, false)).toBe(true);
  expect(client.allFlags({})).toStrictEqual({ "dark-mode": true });
  await client.close();
});

test("a client with whole flags evaluates them", async () => {
  const darkMode = flag("dark-mode").when(where("plan", "Equals", "pro"), "on").otherwise("off");
  const client = new FeatureflipClient({ mode: "offline", bootstrap: { flags: [darkMode] } });
  expect(client.variation("dark-mode", { plan: "pro" }, false)).toBe(true);
  expect(client.variation("dark-mode", { plan: "free" }, true)).toBe(false);
  await client.close();
});

test("a client follows a service, and ends by itself", async () => {
  const body = JSON.stringify({
    environment: "e",
    version: 1,
    flags: [flag("dark-mode").otherwise("on")],
    segments: [],
  });
  const answer = () => new Response(body, { headers: { "content-type": "application/json" } });
  const client = await FeatureflipClient.create({
    sdkKey: "sdk-jest",
    mode: "polling",
    sendEvents: false,
    fetch: () => Promise.resolve(answer()),
  });
  expect(client.variation("dark-mode", {}, false)).toBe(true);
});

test("the classes are the same in every copy of the package", () => {
  const error = (() => {
    try {
      return new FeatureflipClient({ sdkKey: "sdk", pollIntervall: 1 });
    } catch (error) {
      return error;
    }
  })();
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(error).toBeInstanceOf(FeatureflipError);
});
