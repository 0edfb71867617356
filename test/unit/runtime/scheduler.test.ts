import { describe, expect, it } from "vitest";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import { createScheduler } from "../../../src/runtime/scheduler.ts";

describe("createScheduler()", () => {
  it("fires once, in order, and not when taken back", async () => {
    const { after } = detectRuntime().scheduler;
    const fired: string[] = [];
    after(20, () => fired.push("late"), { keepAlive: true });
    after(-5, () => fired.push("soon"), { keepAlive: true });
    const cancel = after(10, () => fired.push("never"), { keepAlive: true });
    cancel();
    await new Promise<void>((resolve) => void after(40, resolve, { keepAlive: true }));
    cancel();
    expect(fired).toEqual(["soon", "late"]);
  });

  it("does not fire at once where a timer would overflow (contract §1)", async () => {
    const { after } = detectRuntime().scheduler;
    let fired = false;
    const cancel = after(2 ** 31 + 1000, () => fired = true);
    await new Promise<void>((resolve) => void after(20, resolve, { keepAlive: true }));
    cancel();
    expect(fired).toBe(false);
  });

  it("releases its timers, unless they are to keep the process alive (contract §6)", () => {
    const original = globalThis.setTimeout;
    const unrefs: string[] = [];
    const make = (timer: unknown) => (() => timer) as unknown as typeof setTimeout;
    try {
      globalThis.setTimeout = make({ unref: () => unrefs.push("unref") });
      createScheduler({}).after(1, () => {});
      createScheduler({}).after(1, () => {}, { keepAlive: true });
      globalThis.setTimeout = make(7);
      createScheduler({ Deno: { unrefTimer: (id) => void unrefs.push(`Deno ${id}`) } }).after(1, () => {});
      createScheduler({}).after(1, () => {});
    } finally {
      globalThis.setTimeout = original;
    }
    expect(unrefs).toEqual(["unref", "Deno 7"]);
  });

  it("tells the wall clock and draws from [0, 1)", () => {
    const { now, random } = detectRuntime().scheduler;
    expect(Math.abs(now() - Date.now())).toBeLessThan(1000);
    const drawn = random();
    expect(drawn).toBeGreaterThanOrEqual(0);
    expect(drawn).toBeLessThan(1);
  });
});
