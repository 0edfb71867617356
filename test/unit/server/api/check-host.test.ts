import { describe, expect, it } from "vitest";
import type { EvaluationApi } from "../../../../src/server/mod.ts";
import { ask, createApi, detailOf } from "../local-api.ts";

const FLAGS = "/v1/sdk/flags";

function statusWith(
  api: EvaluationApi,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  return ask(api, "GET", path, { headers }).then(({ status }) => status);
}

describe("the Host header", () => {
  it("must name this machine: a page's own name may point here (DNS rebinding)", async () => {
    const api = createApi();
    for (
      const host of [
        "localhost",
        "localhost:3000",
        "LOCALHOST:3000",
        "127.0.0.1",
        "127.0.0.1:8787",
        "[::1]:80",
        "[::1]",
      ]
    ) {
      expect(await statusWith(api, FLAGS, { host })).toBe(200);
    }
    const foreign = [
      "evil.example",
      "evil.example:8787",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "evil@localhost:1:2",
      "127.0.0.2",
    ];
    for (const host of foreign) expect(await statusWith(api, FLAGS, { host })).toBe(403);
    const response = await ask(api, "GET", "/health", { headers: { host: "evil.example" } });
    expect(await detailOf(response)).toBe(
      "The host in the Host header is not served by this API",
    );
  });

  it("may name what `hosts` allows, with a port or with any", async () => {
    const api = createApi({ hosts: ["flags.internal", "Relay.internal:8443"] });
    for (const host of ["flags.internal", "flags.internal:1", "relay.internal:8443"]) {
      expect(await statusWith(api, FLAGS, { host })).toBe(200);
    }
    for (const host of ["localhost", "relay.internal", "relay.internal:8444"]) {
      expect(await statusWith(api, FLAGS, { host })).toBe(403);
    }
  });

  it("counts more than the URL, which a request may spell out", async () => {
    const request = new Request("http://localhost/health", { headers: { host: "evil.example" } });
    expect((await createApi().fetch(request)).status).toBe(403);
    expect((await createApi().fetch(new Request("http://evil.example/health"))).status).toBe(403);
  });
});

describe("the Origin header", () => {
  it("must be this API's own: pages elsewhere have no access", async () => {
    const api = createApi();
    const host = "localhost:8787";
    expect(await statusWith(api, FLAGS, { host, origin: "http://localhost:8787" })).toBe(200);
    for (
      const origin of ["https://evil.example", "http://localhost:3000", "http://127.0.0.1:8787", "null", ""]
    ) {
      expect(await statusWith(api, FLAGS, { host, origin })).toBe(403);
    }
  });

  it("gets no leave from a preflight request", async () => {
    const response = await ask(createApi(), "OPTIONS", "/v1/local/flags/dark-mode", {
      headers: { origin: "https://evil.example", "access-control-request-method": "PATCH" },
    });
    expect(response.status).toBe(403);
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(await detailOf(response)).toBe("Requests from pages of other origins are not allowed");
  });
});
