import { describe, expect, it } from "vitest";
import { RequestQuota } from "../../../src/http/refusal.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";

const HOUR = 3_600_000;

describe("RequestQuota (contract §1)", () => {
  it("counts the requests of the last minute, whatever happens to the clock", async () => {
    const scheduler = new ManualScheduler();
    const quota = new RequestQuota(scheduler);
    quota.count();
    await scheduler.advance(30_000);
    quota.count();
    quota.count();
    expect(quota.sentInLastMinute).toBe(3);
    await scheduler.advance(29_999);
    expect(quota.sentInLastMinute).toBe(3);
    await scheduler.advance(1);
    expect(quota.sentInLastMinute).toBe(2);
    scheduler.jump(-HOUR);
    expect(quota.sentInLastMinute).toBe(0);
  });

  it("pauses for the given time", async () => {
    const scheduler = new ManualScheduler();
    const quota = new RequestQuota(scheduler);
    expect(quota.pause).toBe(0);
    quota.pauseFor(7_000);
    await scheduler.advance(2_000);
    expect(quota.pause).toBe(5_000);
    await scheduler.advance(5_000);
    expect(quota.pause).toBe(0);
  });

  it("ends a pause that the clock has moved out of reach", () => {
    const scheduler = new ManualScheduler();
    const quota = new RequestQuota(scheduler);
    quota.pauseFor(600_000);
    expect(quota.pause).toBe(600_000);
    scheduler.jump(-1);
    expect(quota.pause).toBe(0);
    scheduler.jump(1);
    expect(quota.pause, "after the clock was set right again").toBe(0);
  });

  it("does not make a short pause a long one when the clock is set back (contract §6.2)", () => {
    const scheduler = new ManualScheduler();
    const quota = new RequestQuota(scheduler);
    quota.pauseFor(60_000);
    scheduler.jump(-300_000);
    expect(quota.pause).toBe(0);
  });
});
