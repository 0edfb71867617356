import { describe, expect, it } from "vitest";
import { kvStore } from "../../../../src/adapters/cloudflare/mod.ts";
import type { KvNamespaceLike } from "../../../../src/adapters/cloudflare/mod.ts";

describe("kvStore() (contract §8)", () => {
  it("passes names with its prefix, and the cache's time in seconds", async () => {
    const calls: unknown[] = [];
    const namespace: KvNamespaceLike = {
      get: (...args) => Promise.resolve((calls.push(args), "text")),
      put: (...args) => Promise.resolve(void calls.push(args)),
    };
    const store = kvStore(namespace);
    expect(await store.get("flags")).toBe("text");
    await store.set!("flags", "new");
    await kvStore(namespace, { prefix: "mine:", cacheTtl: 90_000 }).get("flags");
    expect(calls).toEqual([
      ["featureflip:flags", { type: "text", cacheTtl: 30 }],
      ["featureflip:flags", "new"],
      ["mine:flags", { type: "text", cacheTtl: 90 }],
    ]);
    expect([store.tryLock, store.watch]).toEqual([undefined, undefined]);
  });

  it.each([30, 29_999, 3_600_001, NaN, Infinity])("refuses a cacheTtl of %d ms", (cacheTtl) => {
    const namespace = { get() {}, put() {} } as unknown as KvNamespaceLike;
    expect(() => kvStore(namespace, { cacheTtl })).toThrow(/'cacheTtl' must be 30,000 ms to 3,600,000 ms/);
  });

  it("names the binding that is missing", () => {
    expect(() => kvStore(undefined as unknown as KvNamespaceLike)).toThrow(/is the binding in wrangler/);
  });
});
