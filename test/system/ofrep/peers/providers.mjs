// OpenFeature's own providers and SDKs, as their documentation uses them.
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeatureProvider, useFlag } from "@openfeature/react-sdk";
import { OpenFeature as ServerOpenFeature } from "@openfeature/server-sdk";
import { OpenFeature } from "@openfeature/web-sdk";
import { EventSource } from "eventsource";
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { createElement } from "react";
import { renderToString } from "react-dom/server";

// Browsers have it.
globalThis.EventSource ??= EventSource;

const headers = [["Authorization", "Bearer client-checks"]];
const PATIENCE = 30_000;

/** Changes a flag, and resolves when a client of the SDK is notified: at first it may hear of a context's change. */
function changed(client, key, act) {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`No change of ${key} within ${PATIENCE} ms`)), PATIENCE);
    const listener = ({ flagsChanged }) => {
      if (!flagsChanged.includes(key)) return;
      clearTimeout(timer);
      client.removeHandler("PROVIDER_CONFIGURATION_CHANGED", listener);
      done();
    };
    client.addHandler("PROVIDER_CONFIGURATION_CHANGED", listener);
    act();
  });
}

export async function checkWebProvider({ url, api, hasStreams }) {
  const requests = [];
  const provider = new OFREPWebProvider({
    baseUrl: url,
    headers,
    cacheMode: "disabled",
    // Without a stream, changes are found by polling.
    ...(!hasStreams && { pollInterval: 200 }),
    async fetchImplementation(input) {
      const response = await fetch(input);
      requests.push(response.status);
      return response;
    },
  });
  await OpenFeature.setContext({ targetingKey: "u-1", plan: "free" });
  await OpenFeature.setProviderAndWait(provider);
  const client = OpenFeature.getClient();
  strictEqual(client.getBooleanValue("dark-mode", true), false);
  const banner = client.getStringDetails("banner", "-");
  deepStrictEqual([banner.value, banner.variant, banner.reason], ["Hello, world", "long", "TARGETING_MATCH"]);
  const { version } = api.snapshot.flags.find(({ key }) => key === "banner");
  deepStrictEqual([banner.flagMetadata.version, banner.flagMetadata.reason], [version, "RULE_MATCH"]);
  strictEqual(client.getNumberValue("limit", 0), 10);
  deepStrictEqual(client.getObjectValue("theme", {}), { colors: ["#fff"] });
  strictEqual(client.getBooleanDetails("hidden-flag", true).errorCode, "FLAG_NOT_FOUND");
  strictEqual(client.getStringDetails("dark-mode", "-").errorCode, "TYPE_MISMATCH");

  await OpenFeature.setContext({ targetingKey: "u-1", plan: "pro" });
  strictEqual(client.getBooleanValue("dark-mode", false), true);

  const start = performance.now();
  await changed(client, "dark-mode", () => api.patchFlag("dark-mode", { enabled: false }));
  const told = Math.round(performance.now() - start);
  const off = client.getBooleanDetails("dark-mode", true);
  deepStrictEqual([off.value, off.reason], [false, "DISABLED"]);
  await changed(client, "dark-mode", () => api.patchFlag("dark-mode", { enabled: true }));
  strictEqual(client.getBooleanValue("dark-mode", false), true);
  ok(requests.includes(304) || hasStreams, String(requests));
  await OpenFeature.clearProviders();

  const wrong = new OFREPWebProvider({
    baseUrl: url,
    headers: [["X-API-Key", "wrong"]],
    cacheMode: "disabled",
  });
  await rejects(OpenFeature.setProviderAndWait(wrong));
  await OpenFeature.clearProviders();
  return `a flip after ${told} ms, ${requests.length} requests, ${
    requests.filter((status) => status === 304).length
  } of them 304`;
}

export async function checkServerProvider({ url }) {
  await ServerOpenFeature.setProviderAndWait(
    new OFREPProvider({ baseUrl: url, headers: [["X-API-Key", "client-checks"]] }),
  );
  const client = ServerOpenFeature.getClient();
  const context = { targetingKey: "u-1", plan: "pro", age: 50 };
  strictEqual(await client.getBooleanValue("dark-mode", false, context), true);
  strictEqual(await client.getStringValue("banner", "-", context), "Hello, world");
  const limit = await client.getNumberDetails("limit", 0, context);
  deepStrictEqual([limit.value, limit.variant, limit.reason], [99.5, "high", "TARGETING_MATCH"]);
  deepStrictEqual(await client.getObjectValue("theme", {}, context), { colors: ["#fff"] });
  strictEqual((await client.getStringDetails("split", "-", context)).reason, "SPLIT");
  strictEqual((await client.getBooleanDetails("hidden-flag", true, context)).errorCode, "FLAG_NOT_FOUND");
  strictEqual((await client.getBooleanDetails("banner", true, context)).errorCode, "TYPE_MISMATCH");
  await ServerOpenFeature.clearProviders();

  await ServerOpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: url }));
  const refused = await ServerOpenFeature.getClient().getBooleanDetails("dark-mode", true, context);
  deepStrictEqual([refused.value, refused.reason], [true, "ERROR"]);
  await ServerOpenFeature.clearProviders();
}

export async function checkReact({ url }) {
  await OpenFeature.setContext({ targetingKey: "u-1", plan: "pro" });
  await OpenFeature.setProviderAndWait(
    new OFREPWebProvider({ baseUrl: url, headers, cacheMode: "disabled" }),
  );
  const Theme = () => createElement("p", null, useFlag("dark-mode", false).value ? "dark" : "light");
  strictEqual(renderToString(createElement(OpenFeatureProvider, null, createElement(Theme))), "<p>dark</p>");
  await OpenFeature.clearProviders();
}
