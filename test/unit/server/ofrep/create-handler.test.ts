import { describe, expect, it } from "vitest";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { createOfrepHandler } from "../../../../src/server/ofrep/mod.ts";
import type { OfrepScope } from "../../../../src/server/ofrep/mod.ts";

function request(): Request {
  return new Request("https://flags.example/ofrep/v1/evaluate/flags/dark-mode", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `{"context":{}}`,
  });
}

describe("createOfrepHandler()", () => {
  it("serves the flags of a client", async () => {
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    const handler = createOfrepHandler(client, { public: true, flags: ["dark-mode"] });
    expect(await (await handler(request())).json()).toMatchObject({ value: true });
    await client.close();
    expect((await handler(request())).status).toBe(503);
  });

  it("refuses what is not a client, and says so", () => {
    const options = { public: true };
    expect(() => createOfrepHandler({} as unknown as FeatureflipClient, options)).toThrow(
      "Cannot create OFREP handler: 'client' must be a FeatureflipClient",
    );
    const client = FeatureflipClient.forTesting();
    expect(() => createOfrepHandler(client, {})).toThrow("nothing says who may ask");
  });

  it.each<[string, OfrepScope | object, number]>([
    ["an address", { address: "10.0.0.1" }, 429],
    ["Deno's info", { remoteAddr: { transport: "tcp", hostname: "10.0.0.1", port: 5 } }, 429],
    ["Bun's server", { requestIP: () => ({ address: "10.0.0.1", port: 5 }) }, 429],
    ["the bindings of Hono on Node", { incoming: { socket: { remoteAddress: "10.0.0.1" } } }, 429],
    ["a scope with the host's own", { host: { remoteAddr: { hostname: "10.0.0.1" } } }, 429],
    ["Bun's server, for a request that is over", { requestIP: () => null }, 200],
    ["a Worker's bindings", { address: {}, waitUntil: "no function" }, 200],
  ])("understands what a host passes: %s", async (_, scope, status) => {
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    const handler = createOfrepHandler(client, { public: true, flags: ["dark-mode"], rateLimit: 1 });
    await handler(request(), scope);
    expect((await handler(request(), scope)).status).toBe(status);
  });
});
