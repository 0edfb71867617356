import { describe, expect, it } from "vitest";
import { createEvaluationApi } from "../../../../src/server/mod.ts";
import type { EvaluationApi } from "../../../../src/server/mod.ts";
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
    const api = createApi({ sdkKey: [SDK_KEY, "sdk-other"] });
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
    expect(await statusWith(createApi({ sdkKey: `${SDK_KEY}\n` }), FLAGS, {})).toBe(200);
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
    const options = { environment: { flags: [] }, sdkKey: SDK_KEY };
    const api = createEvaluationApi(options);
    expect(api.writeToken).toMatch(/^[\w-]{30,}$/);
    expect(api.writeToken).toBe(api.writeToken);
    expect(api.writeToken).not.toBe(createEvaluationApi(options).writeToken);
    const authorization = `Bearer ${api.writeToken}`;
    expect(await statusWith(api, "/v1/local/events", { authorization })).toBe(200);
    expect(await statusWith(api, "/v1/local/events", { authorization: "Bearer undefined" })).toBe(401);
  });
});
