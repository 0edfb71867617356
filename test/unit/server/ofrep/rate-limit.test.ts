import { describe, expect, it } from "vitest";
import { RateLimit } from "../../../../src/server/ofrep/rate-limit.ts";

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
