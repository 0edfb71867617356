import { describe, expect, it } from "vitest";
import { RecentEvaluations } from "../../src/events/recent-evaluations.ts";

describe("RecentEvaluations", () => {
  it("add() tells flag, variation and user apart, absent ones too (contract §5)", () => {
    const recent = new RecentEvaluations(1_000);
    const texts = ["a", "b", "__proto__", "", undefined];
    const all = texts.flatMap((variation) =>
      texts.flatMap((user) => ["f", "__proto__", ""].map((flag) => [flag, variation, user] as const))
    );
    expect(all.every(([flag, variation, user]) => recent.add(flag, variation, user, 0))).toBe(true);
    expect(all.some(([flag, variation, user]) => recent.add(flag, variation, user, 999))).toBe(false);
  });

  it("add() forgets when the interval is over, or the clock was set back (contract §5)", () => {
    const recent = new RecentEvaluations(1_000);
    expect(recent.add("f", "on", "u", 5_000)).toBe(true);
    expect(recent.add("f", "on", "u", 5_999)).toBe(false);
    expect(recent.add("f", "on", "u", 6_000)).toBe(true);
    expect(recent.add("f", "on", "u", 4_000)).toBe(true);
  });

  it("add() starts over when it would have to remember too much", () => {
    const recent = new RecentEvaluations(1_000);
    const users = Array.from({ length: 32_768 }, (_, user) => String(user));
    expect(users.every((user) => recent.add("f", "on", user, 0))).toBe(true);
    expect(recent.add("f", "on", "new", 0)).toBe(true);
    expect(recent.add("f", "on", "0", 0)).toBe(true);
    expect(recent.add("f", "on", "new", 0)).toBe(false);
  });
});
