import { describe, expect, it } from "vitest";
import { resolveOfrepOptions, resolveServedOfrep } from "../../../../src/server/ofrep/options.ts";
import type { OfrepOptions } from "../../../../src/server/ofrep/options.ts";

describe("resolveOfrepOptions()", () => {
  it("shows no flag, allows no other origin and limits to 60 requests a minute by default (contract §9)", () => {
    const options = resolveOfrepOptions({ public: true });
    expect(options.canSee("a")).toBe(false);
    expect(options.allowsOrigin("https://a.example")).toBe(false);
    expect(options).toMatchObject({ rateLimit: 60, track: "hourly", maxBodyBytes: 65_536, timeout: 3_000 });
  });

  it("shows the flags of a list, or those that a function chooses", () => {
    const listed = resolveOfrepOptions({ public: true, flags: ["a"] });
    const chosen = resolveOfrepOptions({ public: true, flags: (key) => key === "b" });
    expect([listed.canSee("a"), listed.canSee("b")]).toEqual([true, false]);
    expect([chosen.canSee("a"), chosen.canSee("b")]).toEqual([false, true]);
  });

  it.each<[string, OfrepOptions, string]>([
    [
      "nothing that says who may ask",
      {},
      "nothing says who may ask; give 'clientKeys', 'authorize' or 'public: true'",
    ],
    ["public: false alone", { public: false }, "nothing says who may ask"],
    ["an empty list of keys", { clientKeys: [] }, "'clientKeys' must be a list of at least one key"],
    ["a key with a space", { clientKeys: ["a b"] }, "'clientKeys' must be a list of at least one key"],
    [
      "an origin with a path",
      { public: true, origins: ["https://a.example/"] },
      "'origins' must be a list of origins",
    ],
    [
      "an origin without a scheme",
      { public: true, origins: ["a.example"] },
      "'origins' must be a list of origins",
    ],
    [
      '"*" with cookies',
      { authorize: () => true, origins: ["*"] },
      `'origins' must not contain "*" beside 'authorize'`,
    ],
    [
      "every evaluation recorded for anybody",
      { clientKeys: ["client-web"], track: "all" },
      `'track' must not be "all" without 'authorize'`,
    ],
    ["a path without a slash", { public: true, path: "api" }, `'path' must be a path such as "/api"`],
    [
      "a limit of 0",
      { public: true, rateLimit: 0 },
      "'rateLimit' must be a number of requests, at least 1, or false",
    ],
  ])("refuses %s", (_, options, message) => {
    expect(() => resolveOfrepOptions(options)).toThrow(message);
  });

  it("refuses an unknown option, and never shows a key", () => {
    expect(() => resolveOfrepOptions({ public: true, flag: [] } as OfrepOptions)).toThrow(
      "unknown option 'flag'",
    );
    expect(() => resolveOfrepOptions({ clientKeys: "client-web" } as unknown as OfrepOptions)).toThrow(
      /^(?!.*client-web)/,
    );
  });

  it("takes no limit, and a path with a slash at its end", () => {
    const options = resolveOfrepOptions({ public: true, rateLimit: false, path: "/api/" });
    expect(options).toMatchObject({ rateLimit: 0, path: "/api" });
  });
});

describe("resolveServedOfrep()", () => {
  it("has no endpoint without client keys, and refuses an SDK key as one", () => {
    expect(resolveServedOfrep({}, ["sdk-1"], {})).toBeUndefined();
    for (const option of [{ origins: ["*"] }, { flags: ["a"] }, { rateLimit: 5 }, { address: () => "a" }]) {
      expect(() => resolveServedOfrep(option, ["sdk-1"], {})).toThrow(
        `Cannot create OFREP handler: 'clientKeys' is missing, which '${Object.keys(option)[0]}' needs`,
      );
    }
    expect(() => resolveServedOfrep({ clientKeys: ["sdk-1"] }, ["sdk-1"], {})).toThrow(
      "Cannot create OFREP handler: 'clientKeys' must not contain an SDK key, which opens more than OFREP",
    );
    const options = resolveServedOfrep({ clientKeys: ["client-web"], flags: ["a"] }, ["sdk-1"], {
      maxStreams: 5,
    });
    expect(options).toMatchObject({ clientKeys: ["client-web"], path: "", maxStreams: 5, rateLimit: 60 });
    expect([options!.canSee("a"), options!.canSee("b")]).toEqual([true, false]);
  });
});
