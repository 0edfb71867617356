import { describe, expect, it } from "vitest";
import { createRecentEvaluations } from "../../../src/events/recent-evaluations.ts";

describe("createRecentEvaluations()", () => {
  it("createRecentEvaluations() tells flag, variation and user apart, absent ones too (contract §5)", () => {
    const isNew = createRecentEvaluations(1_000);
    const texts = ["a", "b", "__proto__", "", undefined];
    const all = texts.flatMap((variation) =>
      texts.flatMap((user) => ["f", "__proto__", ""].map((flag) => [flag, variation, user] as const))
    );
    expect(all.every(([flag, variation, user]) => isNew(flag, variation, user, 0))).toBe(true);
    expect(all.some(([flag, variation, user]) => isNew(flag, variation, user, 999))).toBe(false);
  });

  it("createRecentEvaluations() forgets when the interval is over, or the clock was set back (contract §5)", () => {
    const isNew = createRecentEvaluations(1_000);
    expect(isNew("f", "on", "u", 5_000)).toBe(true);
    expect(isNew("f", "on", "u", 5_999)).toBe(false);
    expect(isNew("f", "on", "u", 6_000)).toBe(true);
    expect(isNew("f", "on", "u", 4_000)).toBe(true);
  });

  it("createRecentEvaluations() starts over when it would have to remember too much", () => {
    const isNew = createRecentEvaluations(1_000);
    const users = Array.from({ length: 32_768 }, (_, user) => String(user));
    expect(users.every((user) => isNew("f", "on", user, 0))).toBe(true);
    expect(isNew("f", "on", "new", 0)).toBe(true);
    expect(isNew("f", "on", "0", 0)).toBe(true);
    expect(isNew("f", "on", "new", 0)).toBe(false);
  });
});
