import { describe, expect, it } from "vitest";
import { Access, RateLimit } from "../../../../src/server/ofrep/access.ts";
import { Refusal } from "../../../../src/server/ofrep/answers.ts";
import { resolveOfrepOptions } from "../../../../src/server/ofrep/options.ts";
import type { OfrepOptions } from "../../../../src/server/ofrep/options.ts";
import { ManualScheduler } from "../../../support/manual-scheduler.ts";

const FLAGS_URL = new URL("https://flags.example/ofrep/v1/evaluate/flags");

function accessOf(options: OfrepOptions = { public: true }): Access {
  return new Access(resolveOfrepOptions(options), new ManualScheduler());
}

function requestWith(headers: Record<string, string>): Request {
  return new Request(FLAGS_URL, { method: "POST", headers });
}

/** The status of the refusal that a check ends with; 200 without one. */
async function statusOf(check: () => unknown): Promise<number> {
  try {
    await check();
    return 200;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.response.status;
  }
}

describe("Access (contract §9)", () => {
  it("takes exact origins, and the endpoint's own", async () => {
    const access = accessOf({ public: true, origins: ["https://a.example"] });
    const originOf = (origin: string): string => access.originOf(requestWith({ origin }), FLAGS_URL);
    expect(access.originOf(requestWith({}), FLAGS_URL)).toBe("");
    expect(originOf("https://a.example")).toBe("https://a.example");
    expect(originOf("https://flags.example")).toBe("");
    for (
      const origin of ["https://a.example.evil.example", "http://a.example", "https://a.example:444", "null"]
    ) {
      expect(await statusOf(() => originOf(origin)), origin).toBe(403);
    }
  });

  it("allows credentials beside `authorize` only, and never for all origins", () => {
    expect(accessOf({ public: true, origins: ["*"] }).corsHeaders("https://a.example")).toEqual({
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "ETag, Retry-After",
    });
    const asked = accessOf({ authorize: () => true, origins: ["https://a.example"] });
    expect(asked.corsHeaders("https://a.example")).toMatchObject({
      "access-control-allow-origin": "https://a.example",
      "access-control-allow-credentials": "true",
    });
    expect(asked.corsHeaders("")).toEqual({});
  });

  it("knows a caller by the fingerprint of its key, which is not the key", async () => {
    const access = accessOf({ clientKeys: ["client-a", "client-b"] });
    const caller = await access.callerOf(requestWith({ authorization: "Bearer client-a" }));
    expect(caller).toMatch(/^[0-9a-f]{16}$/);
    expect(await access.callerOf(requestWith({ "x-api-key": "client-a" }))).toBe(caller);
    expect(await access.callerOf(requestWith({ "x-api-key": "client-b" }))).not.toBe(caller);
    expect([await access.isCaller(caller), await access.isCaller(""), await access.isCaller("0")]).toEqual([
      true,
      false,
      false,
    ]);
    for (const headers of [{}, { "x-api-key": "client" }, { authorization: "Basic client-a" }]) {
      expect(await statusOf(() => access.callerOf(requestWith(headers)))).toBe(401);
    }
  });

  it("finds the key beside an `Authorization` of a session or a proxy", async () => {
    const access = accessOf({ clientKeys: ["client-a"] });
    const statusWith = (authorization: string, key: string): Promise<number> =>
      statusOf(() => access.callerOf(requestWith({ authorization, "x-api-key": key })));
    expect(await statusWith("Bearer session", "client-a")).toBe(200);
    expect(await statusWith("Basic dTpw", "client-a")).toBe(200);
    expect(await statusWith("Bearer client-a", "other")).toBe(200);
    expect(await statusWith("Bearer session", "other")).toBe(401);
  });

  it("needs both a key and the consent of `authorize`", async () => {
    const access = accessOf({ clientKeys: ["client-a"], authorize: ({ headers }) => headers.has("cookie") });
    const keyed = { "x-api-key": "client-a" };
    expect(await statusOf(() => access.callerOf(requestWith(keyed)))).toBe(401);
    expect(await statusOf(() => access.callerOf(requestWith({ cookie: "s=1" })))).toBe(401);
    expect(await statusOf(() => access.callerOf(requestWith({ ...keyed, cookie: "s=1" })))).toBe(200);
  });

  it("takes the address from the option before what the host knows, and from no header of a caller", async () => {
    const access = accessOf({
      public: true,
      rateLimit: 1,
      address: ({ headers }) => headers.get("x-real-address") ?? undefined,
    });
    const take = (headers: Record<string, string>, address?: string): Promise<number> =>
      statusOf(() => access.checkRate(requestWith(headers), address));
    expect(await take({ "x-real-address": "10.0.0.1" }, "10.0.0.9")).toBe(200);
    expect(await take({ "x-real-address": "10.0.0.1" })).toBe(429);
    expect(await take({ "cf-connecting-ip": "10.0.0.2" }, "10.0.0.9")).toBe(200);
    expect(await take({ "cf-connecting-ip": "10.0.0.3" }, "10.0.0.9")).toBe(429);
  });

  it("counts what comes through a proxy in a private network together, and nobody else's by a header", async () => {
    const access = accessOf({ public: true, rateLimit: 1 });
    const take = (address: string, headers: Record<string, string> = {}): Promise<number> =>
      statusOf(() => access.checkRate(requestWith(headers), address));
    const proxied = { "x-forwarded-for": "203.0.113.1" };
    for (
      const address of [
        "10.0.0.1",
        "127.0.0.1",
        "::1",
        "::ffff:172.20.0.1",
        "192.168.1.1",
        "fd12::1",
        "fe80::1",
      ]
    ) {
      expect([await take(address, proxied), await take(address, proxied)], address).toEqual([200, 200]);
    }
    for (const address of ["10.0.0.2", "127.0.0.2"]) {
      expect([await take(address), await take(address)], address).toEqual([200, 429]);
    }
    for (const address of ["203.0.113.7", "172.32.0.1", "2001:db8::1", "::ffff:198.51.100.1"]) {
      expect([await take(address, proxied), await take(address, { via: "1.1 x" })], address).toEqual([
        200,
        429,
      ]);
    }
  });
});

describe("RateLimit (contract §9)", () => {
  it("lets an address send so many requests a minute, and tells how long to wait", () => {
    const limit = new RateLimit(2);
    expect([limit.take("a", 0), limit.take("a", 1_000), limit.take("a", 20_000)]).toEqual([0, 0, 40_000]);
    expect(limit.take("b", 20_000)).toBe(0);
    expect(limit.take("a", 60_000)).toBe(0);
  });

  it("counts requests without an address together, with a hundred times the limit", () => {
    const limit = new RateLimit(1);
    const waits = Array.from({ length: 101 }, () => limit.take(undefined, 0));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(100);
    expect(waits.at(-1)).toBe(60_000);
  });

  it("keeps no more than 10,000 addresses apart", () => {
    const limit = new RateLimit(1);
    for (let address = 0; address < 10_000; address++) limit.take(`${address}`, 0);
    expect(limit.take("0", 0)).toBe(60_000);
    expect([limit.take("late", 0), limit.take("late", 0)]).toEqual([0, 0]);
  });

  it("starts anew when the clock is set back", () => {
    const limit = new RateLimit(1);
    limit.take("a", 1_000_000);
    expect(limit.take("a", 0)).toBe(0);
  });

  it("has no limit at 0", () => {
    const limit = new RateLimit(0);
    expect(Array.from({ length: 1_000 }, () => limit.take("a", 0)).every((wait) => wait === 0)).toBe(true);
  });
});
