import { describe, expect, it } from "vitest";
import { describeReport, quantile, simulateOutage } from "./fleet-budget.ts";
import type { FleetReport, StreamFailure } from "./fleet-budget.ts";

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

async function run(size: number, failure: StreamFailure): Promise<FleetReport> {
  const report = await simulateOutage({ size, failure, minutes: 7 });
  console.log(describeReport(report));
  // Every client sees every flip.
  expect(report.delays).toHaveLength(size * 7);
  expect(report.laterDelays).toHaveLength(size * 2);
  // Nobody polls less often than asked for: a poll every 30 to 33 s, and what a request takes.
  expect(quantile(report.laterDelays, 1)).toBeLessThanOrEqual(35_000);
  expect(sum(report.refused.slice(2))).toBe(0);
  return report;
}

describe("a fleet whose stream is down while polls work, on one key's 1,000 requests a minute (contract §4)", () => {
  it("sees a kill switch within 90 s: 100 processes", async () => {
    const { delays, refused, advised, returned } = await run(100, "hold");
    expect(quantile(delays, 1)).toBeLessThanOrEqual(90_000);
    expect([sum(refused), advised, returned]).toEqual([0, 0, 100]);
  });

  it("sees it within about 90 s where each attempt costs a request: 300 processes", async () => {
    const { delays, refused, advised, returned } = await run(300, "503");
    expect(quantile(delays, 0.95)).toBeLessThanOrEqual(90_000);
    expect(quantile(delays, 1)).toBeLessThanOrEqual(100_000);
    // The first minute costs more than the budget has, and the log says what helps.
    expect(refused[0]).toBeGreaterThan(0);
    expect(advised).toBeGreaterThan(100);
    expect(returned).toBe(300);
  });
});
