import { describe, expect, it } from "vitest";
import { LoadSchedule } from "../../../src/data-source/load-schedule.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";

const MAX_AGE = 30_000;
const HOUR = 3_600_000;
const down = new RequestError("down");

function scheduled() {
  const clock = new ManualScheduler();
  return { clock, schedule: new LoadSchedule(clock, MAX_AGE) };
}

describe("LoadSchedule (contract §6.1)", () => {
  it("is fresh for maxAge after the confirmation, and at least for the pause", async () => {
    const { clock, schedule } = scheduled();
    expect(schedule.isFresh).toBe(false);
    schedule.succeed(clock.now() - 10_000, 0);
    await clock.advance(19_999);
    expect(schedule.isFresh).toBe(true);
    await clock.advance(1);
    expect(schedule.isFresh).toBe(false);
    schedule.succeed(clock.now() - HOUR, 1_000);
    await clock.advance(999);
    expect(schedule.isFresh).toBe(true);
    await clock.advance(1);
    expect(schedule.isFresh).toBe(false);
  });

  it("is not fresh for longer because the clock was set back", () => {
    const { clock, schedule } = scheduled();
    schedule.succeed(clock.now(), 0);
    clock.jump(-HOUR);
    expect(schedule.isFresh).toBe(false);
  });

  it("lets one load begin per second, also after a release", async () => {
    const { clock, schedule } = scheduled();
    const release = schedule.tryLease();
    expect(release).toBeDefined();
    release!();
    expect(clock.armed).toBe(0);
    await clock.advance(999);
    expect(schedule.tryLease()).toBeUndefined();
    await clock.advance(1);
    expect(schedule.tryLease()).toBeDefined();
  });

  it("renews a lease while its request is alive, for 3 s", async () => {
    const { clock, schedule } = scheduled();
    schedule.tryLease();
    await clock.advance(3_400);
    expect(schedule.tryLease()).toBeUndefined();
    await clock.advance(100);
    expect(schedule.tryLease()).toBeDefined();
  });

  it("ends the lease of a request that has gone after a second, and does not renew it later", async () => {
    const { clock, schedule } = scheduled();
    schedule.tryLease();
    clock.jump(1_000); // the isolate was frozen, and with it the timers
    const release = schedule.tryLease();
    expect(release).toBeDefined();
    await clock.advance(500);
    release!();
    await clock.advance(500);
    expect(clock.armed).toBe(0);
    expect(schedule.tryLease()).toBeDefined();
  });

  it("does not let the release of an earlier lease end a later one", async () => {
    const { clock, schedule } = scheduled();
    const first = schedule.lease();
    schedule.lease();
    await clock.advance(1_000);
    first();
    expect(schedule.tryLease()).toBeUndefined();
  });

  it("waits after each failure, twice as long each time, 30 s at most", async () => {
    const { clock, schedule } = scheduled();
    for (const longest of [1_250, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      schedule.fail(down);
      await clock.advance(Math.max(1_000, longest / 2) - 1);
      expect(schedule.isTooSoon).toBe(true);
      await clock.advance(longest);
      expect(schedule.isTooSoon).toBe(false);
    }
    schedule.succeed(clock.now(), 0);
    schedule.fail(down);
    await clock.advance(1_250);
    expect(schedule.isTooSoon).toBe(false);
  });

  it("waits as long as the service asks for", async () => {
    const { clock, schedule } = scheduled();
    schedule.fail(new RequestError("busy", { retryAfter: 7_000 }));
    await clock.advance(6_999);
    expect(schedule.isTooSoon).toBe(true);
    await clock.advance(1_752);
    expect(schedule.isTooSoon).toBe(false);
    schedule.fail(new RequestError("no", { keyRejected: true }));
    await clock.advance(29_999);
    expect(schedule.isTooSoon).toBe(true);
  });

  it("lets a load begin after the clock was set back", () => {
    const { clock, schedule } = scheduled();
    schedule.tryLease();
    clock.jump(-HOUR);
    expect(schedule.tryLease()).toBeDefined();
  });

  it("does not wait for minutes because the clock was set back by them (contract §6.2)", () => {
    const { clock, schedule } = scheduled();
    schedule.fail(down);
    expect(schedule.isTooSoon).toBe(true);
    clock.jump(-600_000);
    expect(schedule.isTooSoon).toBe(false);
  });

  it("does not wait for an hour because the clock was set back", () => {
    const { clock, schedule } = scheduled();
    schedule.fail(new RequestError("busy", { retryAfter: 600_000 }));
    clock.jump(-HOUR);
    expect(schedule.isTooSoon).toBe(false);
  });
});
