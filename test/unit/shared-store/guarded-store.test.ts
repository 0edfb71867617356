import { describe, expect, it } from "vitest";
import { GuardedStore } from "../../../src/shared-store/guarded-store.ts";
import type { SharedStore } from "../../../src/shared-store/shared-store.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { MemorySink } from "../../support/memory-sink.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";

const SDK_KEY = "sdk-guarded-7f3a9c";

function createGuarded(store: Partial<SharedStore>, hasBackground = true) {
  const scheduler = new ManualScheduler();
  const logger = createRecordingLogger();
  const sink = new MemorySink();
  const calls: string[] = [];
  const counted = Object.fromEntries(
    Object.entries({ get: () => Promise.resolve(null), ...store }).map(([name, method]) => [
      name,
      (...args: unknown[]) => {
        calls.push(name);
        return (method as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as SharedStore;
  const guarded = new GuardedStore({
    ...{ store: counted, sdkKey: SDK_KEY, sink, scheduler, logger },
    runtime: { hasBackground },
  });
  return { guarded, scheduler, logger, sink, calls };
}

const broken = (reason: string) => () => Promise.reject(new Error(reason));

describe("GuardedStore (contract §8)", () => {
  it("passes names and texts on, and knows what the store can do", async () => {
    const seen: unknown[] = [];
    const { guarded } = createGuarded({
      get(name) {
        seen.push(name);
        return Promise.resolve("text");
      },
      set: (name, text) => Promise.resolve(void seen.push(name, text)),
      tryLock(name, ttl) {
        seen.push(name, ttl);
        return Promise.resolve(null);
      },
    });
    expect([guarded.canLock, guarded.canWrite]).toEqual([true, true]);
    expect(await guarded.read("n")).toBe("text");
    expect(await guarded.write("n", () => Promise.resolve("t"))).toBe(true);
    expect(await guarded.tryLock("l", 4000)).toBeNull();
    expect(seen).toEqual(["n", "n", "t", "l", 4000]);
    const reader = createGuarded({}).guarded;
    expect([reader.canLock, reader.canWrite]).toEqual([false, false]);
    expect(await reader.write("n", () => Promise.resolve("t"))).toBe(false);
  });

  it("skips an operation that failed for 5 s, logs it once, and once when it works again", async () => {
    let isDown = true;
    const { guarded, scheduler, logger, sink, calls } = createGuarded({
      get: () => isDown ? Promise.reject(new Error(`no route for ${SDK_KEY}`)) : Promise.resolve(null),
    });
    for (let second = 0; second < 30; second++) {
      expect(await guarded.read("n")).toBeUndefined();
      await scheduler.advance(1000);
    }
    expect(calls).toHaveLength(6);
    isDown = false;
    expect(await guarded.read("n")).toBeNull();
    expect(logger.lines).toEqual([
      "warn: Shared store: reading failed: no route for [SDK key]. Skipping it for 5 s at a time",
      "info: Shared store: reading works again",
    ]);
    expect(sink.storeErrors[0]?.message).toBe("Shared store: reading failed: no route for [SDK key]");
    expect(sink.storeErrors[0]?.code).toBe("STORE_FAILED");
    expect(new Set(sink.storeErrors.slice(0, -1)).size).toBe(1);
    expect(sink.storeErrors.at(-1)).toBeUndefined();
  });

  it("goes on reading while writing fails, and says which operation failed", async () => {
    const { guarded, scheduler, logger, sink, calls } = createGuarded({ set: broken("the disk is full") });
    for (let round = 0; round < 10; round++) {
      expect(await guarded.read("n")).toBeNull();
      expect(await guarded.write("n", () => Promise.resolve("t"))).toBe(false);
      await scheduler.advance(6000);
    }
    expect(calls.filter((call) => call === "get")).toHaveLength(10);
    expect(logger.lines).toHaveLength(1);
    expect(sink.storeErrors.at(-1)?.message).toBe("Shared store: writing failed: the disk is full");
  });

  it("logs one line for a replica that refuses locks and writes, and one for its end", async () => {
    let isReadOnly = true;
    const refuse = <T>(value: T): Promise<T> =>
      isReadOnly ? Promise.reject(new Error("READONLY")) : Promise.resolve(value);
    const { guarded, scheduler, logger, sink } = createGuarded({
      set: () => refuse(undefined),
      tryLock: () => refuse(null),
    });
    const round = async (): Promise<void> => {
      await guarded.tryLock("l", 4000);
      await guarded.write("n", () => Promise.resolve("t"));
      await scheduler.advance(6000);
    };
    for (let count = 0; count < 5; count++) await round();
    isReadOnly = false;
    await round();
    expect(logger.lines).toEqual([
      "warn: Shared store: locking failed: READONLY. Skipping it for 5 s at a time",
      "info: Shared store: locking works again",
    ]);
    expect(sink.storeErrors.at(-1)).toBeUndefined();
  });

  it("tries an operation again at once after the clock was set back", async () => {
    const { guarded, scheduler, calls } = createGuarded({ get: broken("down") });
    await guarded.read("n");
    scheduler.jump(-600_000);
    await guarded.read("n");
    expect(calls).toHaveLength(2);
  });

  it.each<[string, number]>([["get", 1000], ["tryLock", 1000], ["set", 10_000]])(
    "gives %s() %i ms",
    async (method, limit) => {
      const { guarded, scheduler, sink } = createGuarded({ [method]: () => new Promise(() => {}) });
      let isDone = false;
      const work = method === "get"
        ? guarded.read("n")
        : method === "set"
        ? guarded.write("n", () => Promise.resolve("t"))
        : guarded.tryLock("l", 4000);
      void work.then(() => isDone = true);
      await scheduler.advance(limit - 1);
      expect(isDone).toBe(false);
      await scheduler.advance(1);
      expect(isDone).toBe(true);
      expect(sink.storeErrors.at(-1)?.message).toContain(`no answer within ${limit} ms`);
    },
  );

  it("reads within the time that is left, if that is less", async () => {
    const { guarded, scheduler } = createGuarded({ get: () => new Promise(() => {}) });
    let isDone = false;
    void guarded.read("n", 300).then(() => isDone = true);
    await scheduler.advance(300);
    expect(isDone).toBe(true);
  });

  it("keeps a lock until it is released, and reports a store that can't release it", async () => {
    let released = 0;
    const { guarded, logger } = createGuarded({
      tryLock: () => Promise.resolve(() => ++released > 1 ? broken("gone")() : Promise.resolve()),
    });
    const lock = await guarded.tryLock("l", 4000);
    expect(released).toBe(0);
    await lock!();
    expect(released).toBe(1);
    await (await guarded.tryLock("l", 4000))!();
    expect(logger.lines).toEqual([expect.stringMatching(/^warn: Shared store: locking failed: gone/)]);
  });

  it("releases a lock that arrives too late", async () => {
    let give = (): void => {};
    let released = 0;
    const { guarded, scheduler } = createGuarded({
      tryLock: () =>
        new Promise((resolve) => {
          give = () => resolve(() => Promise.resolve(void released++));
        }),
    });
    const lock = guarded.tryLock("l", 4000);
    await scheduler.advance(1000);
    expect(await lock).toBeUndefined();
    give();
    await scheduler.advance(0);
    expect(released).toBe(1);
  });

  it("releases the lock after a write, also after one that failed", async () => {
    for (const set of [() => Promise.resolve(), broken("full")]) {
      const events: string[] = [];
      const { guarded } = createGuarded({
        set: (...args: [string, string]) => {
          events.push("set");
          return (set as (...args: [string, string]) => Promise<void>)(...args);
        },
      });
      await guarded.write(
        "n",
        () => Promise.resolve("t"),
        () => Promise.resolve(void events.push("release")),
      );
      expect(events).toEqual(["set", "release"]);
    }
  });

  it("reports a text that can't be made as a failed write", async () => {
    const { guarded, sink, calls } = createGuarded({ set: () => Promise.resolve() });
    expect(await guarded.write("n", () => Promise.reject(new RangeError("it is too large")))).toBe(false);
    expect(calls).toEqual([]);
    expect(sink.storeErrors.at(-1)?.message).toBe("Shared store: writing failed: it is too large");
  });

  it("watches a name until it is stopped, and survives a store that can't", () => {
    let stopped = 0;
    const { guarded, logger, calls } = createGuarded({ watch: () => () => void stopped++ });
    const stop = guarded.watch("n", () => {});
    expect([calls, stopped]).toEqual([["watch"], 0]);
    stop();
    expect(stopped).toBe(1);
    expect(logger.lines).toEqual([]);
    expect(createGuarded({}).guarded.watch("n", () => {})()).toBeUndefined();
  });

  it("waits for the last write when it closes, and begins no call afterwards", async () => {
    let answer = (): void => {};
    const { guarded, scheduler, calls, logger } = createGuarded({
      set: () => new Promise((resolve) => answer = resolve),
    });
    void guarded.write("n", () => Promise.resolve("t"));
    await scheduler.advance(0);
    let isClosed = false;
    const closed = guarded.close(5000).then(() => isClosed = true);
    await scheduler.advance(4999);
    expect(isClosed).toBe(false);
    answer();
    await closed;
    expect(await guarded.read("n")).toBeUndefined();
    expect(calls).toEqual(["set"]);
    expect([scheduler.armed, logger.lines]).toEqual([0, []]);
  });

  it("ends the calls that are under way when it closes, and says nothing of them", async () => {
    let answer = (): void => {};
    const { guarded, scheduler, logger, sink } = createGuarded({
      get: () => new Promise((resolve) => answer = () => resolve(null)),
      set: broken("full"),
    });
    expect(await guarded.write("n", () => Promise.resolve("t"))).toBe(false);
    await scheduler.advance(5000);
    const before = [logger.lines.length, sink.storeErrors.length];
    let value: unknown = "waits";
    void guarded.read("n").then((text) => value = text);
    await guarded.close(0);
    await scheduler.advance(0);
    expect(value).toBeUndefined();
    answer();
    await scheduler.advance(0);
    expect([logger.lines.length, sink.storeErrors.length]).toEqual(before);
    expect(scheduler.armed).toBe(0);
  });

  it("does not report the recovery of a call that it ended", async () => {
    let isDown = true;
    const { guarded, scheduler, logger } = createGuarded({
      get: () => isDown ? broken("gone")() : new Promise(() => {}),
    });
    await guarded.read("n");
    isDown = false;
    await scheduler.advance(5000);
    const read = guarded.read("n");
    await guarded.close(0);
    expect(await read).toBeUndefined();
    expect(logger.lines).toEqual([expect.stringContaining("reading failed: gone")]);
  });

  it("touches no promise of another request when it closes, without a background (contract §6.1)", async () => {
    let answer = (): void => {};
    const { guarded, scheduler } = createGuarded({
      get: () => new Promise((resolve) => answer = () => resolve("text")),
      set: () => new Promise(() => {}),
    }, false);
    void guarded.write("n", () => Promise.resolve("t"));
    let value: unknown = "waits";
    void guarded.read("n").then((text) => value = text);
    await scheduler.advance(0);
    let isClosed = false;
    void guarded.close(5000).then(() => isClosed = true);
    await scheduler.advance(0);
    expect([isClosed, value]).toEqual([true, "waits"]);
    answer();
    await scheduler.advance(0);
    expect(value).toBe("text");
  });

  it("does not release a lock that arrives after it closed", async () => {
    let give = (): void => {};
    let released = 0;
    const { guarded, scheduler } = createGuarded({
      tryLock: () =>
        new Promise((resolve) => {
          give = () => resolve(() => Promise.resolve(void released++));
        }),
    });
    const lock = guarded.tryLock("l", 4000);
    await guarded.close(0);
    expect(await lock).toBeUndefined();
    give();
    await scheduler.advance(0);
    expect(released).toBe(0);
  });

  it("skips an operation at the very moment of its failure, and reports nothing where it can't write", async () => {
    const { guarded, logger, calls } = createGuarded({ get: broken("gone") });
    expect(await guarded.write("n", () => Promise.resolve("t"))).toBe(false);
    expect(logger.lines).toEqual([]);
    await guarded.read("n");
    await guarded.read("n");
    expect(calls).toEqual(["get"]);
  });

  it("logs outages with different reasons apart, and one whose reason was only known from an outage that ended", async () => {
    let isReadable = false;
    const { guarded, scheduler, logger } = createGuarded({
      get: () => isReadable ? Promise.resolve(null) : broken("gone")(),
      set: broken("full"),
    });
    await guarded.read("n");
    await guarded.write("n", () => Promise.resolve("t"));
    expect(logger.lines.map((line) => line.split(".")[0])).toEqual([
      "warn: Shared store: reading failed: gone",
      "warn: Shared store: writing failed: full",
    ]);
    const other = createGuarded({
      get: () => isReadable ? Promise.resolve(null) : broken("gone")(),
      tryLock: broken("gone"),
      set: broken("gone"),
    });
    await other.guarded.read("n");
    await other.guarded.tryLock("l", 4000);
    isReadable = true;
    await other.scheduler.advance(5000);
    await other.guarded.read("n");
    await other.guarded.write("n", () => Promise.resolve("t"));
    expect(other.logger.lines.map((line) => line.split(".")[0])).toEqual([
      "warn: Shared store: reading failed: gone",
      "info: Shared store: reading works again",
      "warn: Shared store: writing failed: gone",
    ]);
    expect(scheduler.armed).toBe(0);
  });
});
