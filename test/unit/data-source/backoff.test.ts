import { describe, expect, it } from "vitest";
import { createBackoff } from "../../../src/data-source/backoff.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";

function draws(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw);
}

describe("createBackoff()", () => {
  it("draws from [d/2, d], d doubling from 1 s to 30 s (contract §4)", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const backoff = createBackoff(new ManualScheduler(seed));
      for (const most of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
        const wait = backoff.next();
        expect(wait).toBeGreaterThanOrEqual(most / 2);
        expect(wait).toBeLessThanOrEqual(most);
      }
      expect(backoff.failures).toBe(7);
      backoff.reset();
      expect(backoff.next()).toBeLessThanOrEqual(1000);
    }
  });

  it("fills the window, so that a fleet does not come back all at once", () => {
    const scheduler = new ManualScheduler();
    const waits = draws(1000, () => createBackoff(scheduler).next());
    const tenths = Array.from(
      { length: 10 },
      (_, index) => waits.filter((wait) => Math.floor((wait - 500) / 50) === index).length,
    );
    expect(Math.min(...tenths)).toBeGreaterThan(60);
  });

  it("never waits less than the server asked for, and spreads beyond it", () => {
    const scheduler = new ManualScheduler();
    const error = new RequestError("busy", { status: 503, retryAfter: 20_000 });
    const waits = draws(200, () => createBackoff(scheduler).next(error));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(25_000);
    expect(new Set(waits).size).toBe(200);
    expect(createBackoff(scheduler).next(undefined, { floor: 7000 })).toBeGreaterThanOrEqual(7000);
  });

  it("waits 30 s after a rejected key five times, then 5 minutes, and counts no failure (contract §1)", () => {
    const backoff = createBackoff(new ManualScheduler());
    const error = new RequestError("no", { status: 401, keyRejected: true });
    const waits = draws(7, () => backoff.next(error));
    expect(waits.map((wait) => Math.round(wait / 35_000))).toEqual([1, 1, 1, 1, 1, 9, 9]);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(30_000);
    expect(backoff.failures).toBe(0);
  });
});
