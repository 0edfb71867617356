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
    schedule.setFresh(clock.now() - 10_000);
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
    schedule.setFresh(clock.now());
    clock.jump(-HOUR);
    expect(schedule.isFresh).toBe(false);
  });

  it("ends a lease by its release, or after 4 s; a later load's lease stays", async () => {
    const { clock, schedule } = scheduled();
    const release = schedule.lease();
    expect(schedule.isLeased).toBe(true);
    release();
    expect(schedule.isLeased).toBe(false);
    const first = schedule.lease();
    await clock.advance(1);
    schedule.lease();
    first();
    expect(schedule.isLeased).toBe(true);
    await clock.advance(3_999);
    expect(schedule.isLeased).toBe(true);
    await clock.advance(1);
    expect(schedule.isLeased).toBe(false);
  });

  it("waits after the third failure in a row, for less while there is nothing to serve", async () => {
    for (const [hasFlags, longest] of [[true, 30_000], [false, 5_000]] as const) {
      const { clock, schedule } = scheduled();
      for (let failure = 0; failure < 2; failure++) {
        schedule.fail(down, schedule.failures, hasFlags);
        expect(schedule.isTooSoon).toBe(false);
      }
      for (let failure = 0; failure < 10; failure++) schedule.fail(down, schedule.failures, hasFlags);
      await clock.advance(longest / 2 - 1);
      expect(schedule.isTooSoon).toBe(true);
      await clock.advance(longest / 2 + 1);
      expect(schedule.isTooSoon).toBe(false);
      schedule.succeed(clock.now(), 0);
      expect(schedule.failures).toBe(0);
    }
  });

  it("waits at once when the service asks for it", async () => {
    const { clock, schedule } = scheduled();
    schedule.fail(new RequestError("busy", { retryAfter: 7_000 }), 0, true);
    await clock.advance(6_999);
    expect(schedule.isTooSoon).toBe(true);
    await clock.advance(1_752);
    expect(schedule.isTooSoon).toBe(false);
    schedule.fail(new RequestError("no", { keyRejected: true }), schedule.failures, true);
    await clock.advance(29_999);
    expect(schedule.isTooSoon).toBe(true);
  });

  it("counts loads that failed together once", () => {
    const { schedule } = scheduled();
    for (let load = 0; load < 100; load++) schedule.fail(down, 0, true);
    expect(schedule.failures).toBe(1);
  });

  it("does not wait for an hour because the clock was set back", () => {
    const { clock, schedule } = scheduled();
    schedule.fail(new RequestError("busy", { retryAfter: 600_000 }), 0, true);
    clock.jump(-HOUR);
    expect(schedule.isTooSoon).toBe(false);
  });
});
