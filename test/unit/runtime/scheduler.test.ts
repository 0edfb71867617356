import { describe, expect, it } from "vitest";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import {
  createScheduler,
  Deadline,
  pollUntil,
  remaining,
  withTimeout,
} from "../../../src/runtime/scheduler.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";

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

  it("ignores a mocked setTimeout that calls back at once: work would be scheduled again without end", () => {
    const original = globalThis.setTimeout;
    let calls = 0;
    try {
      globalThis.setTimeout = ((callback: () => void) => void callback()) as unknown as typeof setTimeout;
      createScheduler({}).after(1, () => void calls++);
    } finally {
      globalThis.setTimeout = original;
    }
    expect(calls).toBe(0);
  });

  it("keeps the last time while a mocked Date.now returns what no Date can represent", () => {
    const { now } = createScheduler({});
    const original = Date.now;
    const last = now();
    try {
      for (const mocked of [8.64e15 + 2, -1e300, NaN, Infinity, undefined, "2026", 1n]) {
        Date.now = () => mocked as number;
        expect(now()).toBe(last);
      }
    } finally {
      Date.now = original;
    }
  });

  it("reads the wall clock and draws from [0, 1)", () => {
    const { now, random } = detectRuntime().scheduler;
    expect(Math.abs(now() - Date.now())).toBeLessThan(1000);
    const drawn = random();
    expect(drawn).toBeGreaterThanOrEqual(0);
    expect(drawn).toBeLessThan(1);
  });
});

describe("withTimeout()", () => {
  it("settles like the work, and leaves no timer behind", async () => {
    const scheduler = new ManualScheduler();
    const fail = (): never => expect.fail("timed out");
    await expect(withTimeout(Promise.resolve(7), 10, scheduler, fail)).resolves.toBe(7);
    await expect(withTimeout(Promise.reject(new Error("no")), 10, scheduler, fail)).rejects.toThrow("no");
    expect(scheduler.armed).toBe(0);
  });

  it("gives what onTimeout returns or throws when the time is over, and keeps the process alive until then", async () => {
    const scheduler = new ManualScheduler();
    const never = new Promise<string>(() => {});
    const returned = withTimeout(never, 10, scheduler, () => "late");
    const thrown = withTimeout(never, 10, scheduler, () => {
      throw new Error("too late");
    });
    thrown.catch(() => {});
    expect(scheduler.keepingAlive).toBe(2);
    await scheduler.advance(10);
    await expect(returned).resolves.toBe("late");
    await expect(thrown).rejects.toThrow("too late");
  });
});

describe("remaining()", () => {
  it("is what is left of a span, from nothing to all of it (contract §6.2)", () => {
    expect([remaining(100, 50, 120), remaining(100, 50, 150), remaining(100, 50, 999), remaining(100, 50, 0)])
      .toEqual([30, 0, 0, 50]);
  });
});

describe("Deadline", () => {
  it("returns how much time is left, and whether it is over", async () => {
    const scheduler = new ManualScheduler();
    const deadline = new Deadline(scheduler, 100);
    expect([deadline.remaining(), deadline.isOver]).toEqual([100, false]);
    await scheduler.advance(99);
    expect([deadline.remaining(), deadline.isOver]).toEqual([1, false]);
    await scheduler.advance(1);
    expect([deadline.remaining(), deadline.isOver]).toEqual([0, true]);
    scheduler.jump(1_000);
    expect(deadline.remaining()).toBe(0);
  });

  it("never leaves more than the whole time, even if the wall clock is set back", () => {
    const scheduler = new ManualScheduler();
    const deadline = new Deadline(scheduler, 100);
    scheduler.jump(-60_000);
    expect(deadline.remaining()).toBe(100);
  });

  it("is over at once without any time, and never with endless time", () => {
    const scheduler = new ManualScheduler();
    expect(new Deadline(scheduler, 0).isOver).toBe(true);
    expect(new Deadline(scheduler, Number.POSITIVE_INFINITY).remaining()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("pollUntil()", () => {
  /** What was found, and after how many ms. */
  async function poll(scheduler: ManualScheduler, ms: number, find: () => unknown): Promise<unknown[]> {
    const result = pollUntil(scheduler, ms, find).then((found) => [found, scheduler.elapsed]);
    await scheduler.advance(10_000);
    return await result;
  }

  it("asks now and every 50 ms until something is there", async () => {
    const scheduler = new ManualScheduler();
    let asked = 0;
    expect(await poll(scheduler, 1_000, () => ++asked === 4 && "found")).toEqual(["found", 150]);
    expect(asked).toBe(4);
  });

  it("gives up when the time is over, with the last result", async () => {
    const scheduler = new ManualScheduler();
    expect(await poll(scheduler, 120, () => Promise.resolve(undefined))).toEqual([undefined, 150]);
  });

  it("counts the time that each poll takes", async () => {
    const scheduler = new ManualScheduler();
    const slow = (): Promise<false> =>
      new Promise((resolve) => void scheduler.after(200, () => resolve(false)));
    expect(await poll(scheduler, 300, slow)).toEqual([false, 450]);
  });

  it("ends when the wall clock is set back meanwhile", async () => {
    const scheduler = new ManualScheduler();
    scheduler.after(60, () => scheduler.jump(-60_000));
    expect(await poll(scheduler, 200, () => undefined)).toEqual([undefined, 200]);
  });
});
