// Follows a service through other implementations of fetch, and sees what it says of none and of mocks.
import { FeatureflipClient } from "@featureflip/sdk";
import { flag } from "@featureflip/sdk/testing";
import crossFetch from "cross-fetch";
import nodeFetch from "node-fetch";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { fetch as undiciFetch } from "undici";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const service = { variation: "off", fails: false, streams: new Set(), events: 0 };
const server = createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  if (service.fails) return response.writeHead(503).end("x".repeat(100_000));
  if (request.url.endsWith("/events")) {
    service.events += JSON.parse(text).events.length;
    return response.writeHead(202).end();
  }
  const flags = [flag("dark-mode").otherwise(service.variation)];
  const body = JSON.stringify({ environment: "e", version: 1, flags, segments: [] });
  if (!request.url.endsWith("/stream")) {
    return response.writeHead(200, { "content-type": "application/json" }).end(body);
  }
  response.writeHead(200, { "content-type": "text/event-stream" }).write(`event: sync\ndata: ${body}\n\n`);
  service.streams.add(response);
  response.on("close", () => service.streams.delete(response));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${server.address().port}`;

async function until(isSo) {
  for (const end = Date.now() + 30_000; !isSo();) {
    assert(Date.now() < end, `Not so within 30 s: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

for (
  const [name, fetch] of Object.entries({
    "node-fetch": nodeFetch,
    "cross-fetch": crossFetch,
    undici: undiciFetch,
  })
) {
  Object.assign(service, { variation: "off", fails: false, events: 0 });
  const client = await FeatureflipClient.create({ sdkKey: `sdk-${name}`, baseUrl, fetch, logger: quiet });
  assert.equal(client.variation("dark-mode", { user_id: "u" }, true), false, name);
  assert.equal(client.status.source, "stream", name);
  service.variation = "on";
  await client.refresh();
  assert.equal(client.variation("dark-mode", { user_id: "u" }, false), true, name);
  // A failing service leaves no connection open.
  service.fails = true;
  for (const response of service.streams) response.destroy();
  await assert.rejects(client.refresh(), /answered 503/, name);
  service.fails = false;
  await until(() => service.streams.size === 1);
  await client.flush();
  assert.equal(service.events, 2, name);
  await client.close();
  await until(() => service.streams.size === 0);
  console.log(`ok  ${name}: stream, refresh, events, close`);
}

const none = { sdkKey: "sdk-none", baseUrl, logger: quiet, initTimeout: 1_000 };
const own = globalThis.fetch;
const cases = {
  "there is no fetch here: pass option 'fetch'": () => globalThis.fetch = undefined,
  "fetch returned undefined instead of a Response: check option 'fetch', or the mock": () =>
    globalThis.fetch = () => undefined,
};
for (const [message, mock] of Object.entries(cases)) {
  mock();
  const client = new FeatureflipClient({ ...none, sdkKey: `sdk-${message.length}` });
  await assert.rejects(
    client.waitForInitialization(),
    (error) => `${error.message} ${error.cause?.message}`.includes(message),
  );
  globalThis.fetch = own;
  await client.close();
  console.log(`ok  ${message}`);
}
server.close();
