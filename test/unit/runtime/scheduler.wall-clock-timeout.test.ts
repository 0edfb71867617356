import { describe, expect, it } from "vitest";
import { afterWallTime } from "../../../src/runtime/scheduler.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";

function wait(delay: number) {
  const scheduler = new ManualScheduler();
  const fired: number[] = [];
  const cancel = afterWallTime(scheduler, delay, () => fired.push(scheduler.elapsed));
  return { scheduler, fired, cancel };
}

describe("afterWallTime()", () => {
  it("fires once, after the delay", async () => {
    const { scheduler, fired } = wait(100_000);
    await scheduler.advance(500_000);
    expect(fired).toEqual([100_000]);
    expect(scheduler.armed).toBe(0);
  });

  it("fires within 15 s of waking when the machine slept past it", async () => {
    const { scheduler, fired } = wait(600_000);
    await scheduler.advance(20_000);
    scheduler.jump(3_600_000);
    await scheduler.advance(60_000);
    expect(fired).toEqual([30_000]);
  });

  it("is not held up by a clock that is set back", async () => {
    const { scheduler, fired } = wait(100_000);
    scheduler.jump(-3_600_000);
    await scheduler.advance(500_000);
    expect(fired).toEqual([100_000]);
  });

  it("can be taken back at any time", async () => {
    const { scheduler, fired, cancel } = wait(100_000);
    await scheduler.advance(40_000);
    cancel();
    cancel();
    expect(scheduler.armed).toBe(0);
    await scheduler.advance(500_000);
    expect(fired).toEqual([]);
  });
});
