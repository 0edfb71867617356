import { describe, expect, it } from "vitest";
import { createWaiters } from "../../../src/client/core.ts";
import { rejection } from "../../support/client-fixture.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";

const late = (): Error => new Error("too late");

describe("createWaiters()", () => {
  it("resolves and rejects when a check decides so", async () => {
    const scheduler = new ManualScheduler();
    const waiters = createWaiters(scheduler);
    let decision: Error | boolean = false;
    const resolved = waiters.wait(() => decision, 1_000, late);
    waiters.recheck();
    expect(scheduler.keepingAlive).toBe(1);
    decision = true;
    waiters.recheck();
    await resolved;
    decision = new Error("refused");
    expect((await rejection(waiters.wait(() => decision, 1_000, late))).message).toBe("refused");
    await scheduler.advance(0);
    expect(scheduler.armed).toBe(0);
  });

  it("rejects after the timeout, and checks no more", async () => {
    const scheduler = new ManualScheduler();
    const waiters = createWaiters(scheduler);
    let checks = 0;
    const waiting = rejection(waiters.wait(() => ++checks === 0, 1_000, late));
    await scheduler.advance(1_000);
    expect((await waiting).message).toBe("too late");
    waiters.recheck();
    expect(checks).toBe(1);
  });
});
