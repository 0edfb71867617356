import { describe, expect, it } from "vitest";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { createEvaluationApi } from "../../../../src/server/mod.ts";
import type { EvaluationApi } from "../../../../src/server/mod.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";
import { ask, createApi, detailOf, SDK_KEY, WRITE_TOKEN } from "../local-api.ts";

const FLAGS = "/v1/sdk/flags";

function statusWith(
  api: EvaluationApi,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  return ask(api, "GET", path, { headers }).then(({ status }) => status);
}

describe("the SDK key", () => {
  it("is taken alone and after Bearer (contract §1)", async () => {
    const api = createApi({ sdkKeys: [SDK_KEY, "sdk-other"] });
    for (
      const authorization of [
        SDK_KEY,
        `Bearer ${SDK_KEY}`,
        `bearer ${SDK_KEY}`,
        "sdk-other",
        "Bearer sdk-other",
      ]
    ) {
      expect(await statusWith(api, FLAGS, { authorization })).toBe(200);
    }
  });

  it("is asked for on every path of the service (contract §1)", async () => {
    const api = createApi();
    const wrong = [
      "",
      "Bearer",
      `${SDK_KEY}x`,
      SDK_KEY.slice(1),
      SDK_KEY.toUpperCase(),
      `Basic ${SDK_KEY}`,
      WRITE_TOKEN,
    ];
    for (const authorization of wrong) {
      for (
        const path of [
          FLAGS,
          `${FLAGS}/dark-mode`,
          "/v1/sdk/stream",
          "/v1/sdk/evaluate",
          "/v1/sdk/events",
          "/v1/sdk/x",
        ]
      ) {
        expect(await statusWith(api, path, { authorization })).toBe(401);
      }
    }
    expect(api.openStreams).toBe(0);
  });

  it("is answered with problem details that do not repeat it", async () => {
    const missing = await ask(createApi(), "GET", FLAGS, { headers: { authorization: "" } });
    expect(missing.headers.get("www-authenticate")).toBe("Bearer");
    expect(await detailOf(missing)).toBe("The SDK key is missing");
    const wrong = await ask(createApi(), "GET", FLAGS, { headers: { authorization: "sdk-wrong" } });
    expect(await detailOf(wrong)).toBe("The SDK key is unknown");
  });

  it("may come with blanks around it, as keys from files do", async () => {
    expect(await statusWith(createApi({ sdkKeys: [`${SDK_KEY}\n`] }), FLAGS, {})).toBe(200);
  });
});

describe("the write token", () => {
  const writes = [
    ["PATCH", "/v1/local/flags/dark-mode"],
    ["PUT", "/v1/local/flags/dark-mode"],
    ["DELETE", "/v1/local/flags/dark-mode"],
    ["PUT", "/v1/local/segments/pro-users"],
    ["DELETE", "/v1/local/segments/pro-users"],
    ["GET", "/v1/local/events"],
  ] as const;

  it("is asked for by all of /v1/local; the SDK key does not do", async () => {
    const api = createApi();
    const before = api.snapshot;
    for (const [method, path] of writes) {
      for (const authorization of ["", SDK_KEY, `Bearer ${SDK_KEY}`, "write-token-not"]) {
        expect((await ask(api, method, path, { headers: { authorization } })).status).toBe(401);
      }
    }
    expect(api.snapshot).toBe(before);
  });

  it("is random unless given, and read from the API", async () => {
    const options = { environment: { flags: [] }, sdkKeys: [SDK_KEY] };
    const api = createEvaluationApi(options);
    expect(api.writeToken).toMatch(/^[\w-]{30,}$/);
    expect(api.writeToken).toBe(api.writeToken);
    expect(api.writeToken).not.toBe(createEvaluationApi(options).writeToken);
    const authorization = `Bearer ${api.writeToken}`;
    expect(await statusWith(api, "/v1/local/events", { authorization })).toBe(200);
    expect(await statusWith(api, "/v1/local/events", { authorization: "Bearer undefined" })).toBe(401);
  });
});

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
      "evil@localhost",
      "localhost/evil.example",
      "127.0.0.2",
    ];
    for (const host of foreign) expect(await statusWith(api, FLAGS, { host })).toBe(421);
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
      expect(await statusWith(api, FLAGS, { host })).toBe(421);
    }
  });

  it("counts more than the URL, which a request may spell out", async () => {
    const request = new Request("http://localhost/health", { headers: { host: "evil.example" } });
    expect((await createApi().fetch(request)).status).toBe(421);
    expect((await createApi().fetch(new Request("http://evil.example/health"))).status).toBe(421);
  });

  it("is logged once with the option that allows it when it is not served (contract §9)", async () => {
    const logger = createRecordingLogger();
    const api = createApi({ logger });
    for (const host of ["api", "api", `x${"y".repeat(1_000)}`]) await statusWith(api, FLAGS, { host });
    expect(logger.lines).toEqual([
      "warn: Request refused: host \"api\" is not served. If it is a name of this server, add it to option 'hosts' " +
      "(featureflip dev: --allow-host)",
      expect.stringMatching(/^.{280,420}$/),
    ]);
    for (let name = 0; name < 50; name++) await statusWith(api, FLAGS, { host: `scan-${name}` });
    expect(logger.lines.length, "a scan fills no log").toBe(20);
  });

  it("does not look like a rejected SDK key when a proxy sends another name (contract §1)", async () => {
    const api = createApi();
    const client = new FeatureflipClient({
      sdkKey: SDK_KEY,
      baseUrl: "http://api",
      logger: createRecordingLogger(),
      fetch: (input, init) => api.fetch(new Request(input, init)),
    });
    await expect(client.waitForInitialization({ timeout: 500 })).rejects.toThrow();
    expect(client.status.state).toBe("ERROR");
    expect(client.status.lastError?.message).toMatch(/421.*not served/);
    await client.close();
  });
});

describe("the Origin header", () => {
  it("must be this API's own: pages elsewhere have no access", async () => {
    const api = createApi();
    const host = "localhost:8787";
    expect(await statusWith(api, FLAGS, { host, origin: "http://localhost:8787" })).toBe(200);
    for (
      const origin of [
        "https://evil.example",
        "http://localhost:3000",
        "http://127.0.0.1:8787",
        "http://evil@localhost:8787",
        "null",
        "",
      ]
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
