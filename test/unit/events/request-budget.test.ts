import { describe, expect, it } from "vitest";
import { RequestBudget } from "../../../src/events/request-budget.ts";

describe("RequestBudget", () => {
  it("allows a burst at once, and in no minute more than the number (contract §5)", () => {
    const budget = new RequestBudget(120);
    const times: number[] = [];
    for (let now = 0; now < 300_000; now++) {
      if (budget.waitFor(now) > 0) continue;
      budget.take(now);
      times.push(now);
    }
    expect(times.filter((time) => time === 0 || time < 20)).toHaveLength(20);
    for (const [index, time] of times.entries()) {
      const inMinute = times.slice(index).findIndex((other) => other >= time + 60_000);
      expect(inMinute < 0 ? 0 : inMinute).toBeLessThanOrEqual(120);
    }
    expect(times.length).toBeGreaterThan(500);
  });

  it("says how long to wait for the next request", () => {
    const budget = new RequestBudget(30);
    for (let count = 0; count < 20; count++) budget.take(0);
    expect(budget.waitFor(0)).toBe(6_000);
    expect(budget.waitFor(1_000)).toBe(5_000);
    expect(budget.waitFor(6_000)).toBe(0);
  });

  it("gives nothing for a clock that is set back, and costs nothing either (contract §6.2)", () => {
    const budget = new RequestBudget(120);
    for (let count = 0; count < 20; count++) budget.take(1_000_000);
    expect(budget.waitFor(0)).toBe(600);
    expect(budget.waitFor(600)).toBe(0);
  });
});
