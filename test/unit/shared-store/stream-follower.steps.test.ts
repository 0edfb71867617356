import { describe, expect, it } from "vitest";
import { decodeSnapshot } from "../../../src/contract/snapshot.ts";
import type { Snapshot } from "../../../src/contract/snapshot.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import type { StoredSnapshot } from "../../../src/shared-store/envelope.ts";
import { StreamFollower } from "../../../src/shared-store/stream-follower.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { MemorySink } from "../../support/memory-sink.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";

const DELAY = 5_000;
const RETRY = 60_000;

/** A snapshot with flags in these versions; a number more tells edits of one second apart. */
function snapshotOf(flags: Readonly<Record<string, number>>, value = 0): Snapshot {
  const wire = Object.entries(flags).map(([key, version]) =>
    wireFlag(key, { version, variations: [{ key: "on", value }, { key: "off", value: -1 }] })
  );
  return decodeSnapshot({ ...wireSnapshot(wire), segments: [] }, () => {});
}

/** A follower whose store and service write down their calls. The random parts of its delays are 0. */
function createWorld({ canLock = true, canWrite = true, interval = 30_000, maxAge = 30_000 } = {}) {
  const scheduler = new ManualScheduler();
  scheduler.random = () => 0;
  const inner = new MemorySink();
  inner.now = () => scheduler.now();
  const calls: string[] = [];
  const writes: StoredSnapshot[] = [];
  const state = {
    hasLock: true,
    content: "empty" as Snapshot | "failed" | "empty" | "unusable",
    /** How old the stored snapshot is, in ms. */
    age: 0,
    /** What `GET /flags` answers; `undefined` while the service is away. */
    service: undefined as Snapshot | undefined,
    isWritten: true,
    /** Called with each call of the store. */
    onCall: (_name: string): void => {},
  };
  const call = async (name: string): Promise<void> => {
    calls.push(name);
    state.onCall(name);
    await Promise.resolve();
  };
  const follower = new StreamFollower({
    http: {
      async getSnapshot() {
        await call("FETCH");
        if (state.service === undefined) throw new RequestError("no answer");
        return { text: JSON.stringify(state.service), json: state.service, etag: `"v"` };
      },
    },
    ...{ sink: inner, scheduler, logger: createRecordingLogger(), runtime: { hasBackground: true } },
    ...{ sdkKey: "sdk-test", baseUrl: "https://flags.example", interval, maxAge },
  }, {
    ...{ canLock, canWrite },
    async tryLock() {
      await call("lock");
      return state.hasLock ? () => call("release") : null;
    },
    async read() {
      await call("read");
      const { content } = state;
      return typeof content === "string"
        ? content
        : { fetchedAt: scheduler.now() - state.age, snapshot: content };
    },
    async write(snapshot) {
      await call("set");
      if (state.isWritten) {
        writes.push(snapshot);
        state.content = decodeSnapshot(JSON.parse(snapshot.body), () => {});
      }
      return state.isWritten;
    },
    decode: (json) => decodeSnapshot(json, () => {}),
  });
  const sink = follower.follow(inner);
  return {
    ...{ scheduler, inner, sink, calls, writes, state, follower },
    /** What the store and the service were asked in the next `ms`. */
    async pass(ms: number): Promise<string> {
      const before = calls.length;
      await scheduler.advance(ms);
      return calls.slice(before).join(" ");
    },
  };
}

type World = ReturnType<typeof createWorld>;

/** The stream brings `a@1` and then `a@2`; the store has `a@1`. */
function edited(world: World): void {
  world.state.content = snapshotOf({ a: 1 });
  world.sink.replace(snapshotOf({ a: 1 }), "stream");
  world.sink.put(snapshotOf({ a: 2 }).flags[0]!);
}

describe("StreamFollower, step by step (contract §8)", () => {
  it("returns the sink itself when the store can't be written", () => {
    const { inner, sink } = createWorld({ canWrite: false });
    expect(sink).toBe(inner);
  });

  it("locks, reads, fetches and writes 5 s after an update", async () => {
    const world = createWorld();
    edited(world);
    world.state.service = snapshotOf({ a: 2 });
    expect(await world.pass(DELAY - 1)).toBe("");
    expect(await world.pass(1)).toBe("lock read FETCH set");
    expect(world.writes).toMatchObject([{ etag: `"v"`, fetchedAt: world.scheduler.now() }]);
    expect(world.scheduler.armed).toBe(0);
  });

  it("waits up to 5 s more, so that not all begin at once", async () => {
    const world = createWorld();
    world.scheduler.random = () => 0.999;
    edited(world);
    expect(await world.pass(2 * DELAY - 10)).toBe("");
    expect(await world.pass(10)).not.toBe("");
  });

  it("reads only, where the store has the update or a newer one", async () => {
    for (const version of [2, 3]) {
      const world = createWorld();
      edited(world);
      world.state.content = snapshotOf({ a: version });
      expect(await world.pass(DELAY)).toBe("lock read");
      expect(world.scheduler.armed).toBe(0);
    }
  });

  it("tells edits of one second apart by their content, as long as they are served", async () => {
    const world = createWorld();
    edited(world);
    world.state.content = snapshotOf({ a: 2 }, 7);
    expect(await world.pass(DELAY)).toBe("lock read FETCH set");
    const later = createWorld();
    edited(later);
    later.sink.replace(snapshotOf({ a: 9 }), "stream");
    later.state.content = snapshotOf({ a: 9 });
    expect(await later.pass(DELAY)).toBe("lock read");
  });

  it("reads again after a minute when another process has the lock, before it tries for it", async () => {
    const world = createWorld();
    edited(world);
    world.state.hasLock = false;
    expect(await world.pass(DELAY)).toBe("lock");
    expect(await world.pass(RETRY - 1)).toBe("");
    expect(await world.pass(1)).toBe("read lock");
    world.sink.put(snapshotOf({ a: 3 }).flags[0]!);
    expect(world.scheduler.armed).toBe(1);
    world.state.content = snapshotOf({ a: 3 });
    expect(await world.pass(RETRY)).toBe("read");
    expect(world.scheduler.armed).toBe(0);
  });

  it("leaves updates of the last 5 s, whose burst may go on, to a try of their own after the usual delay", async () => {
    for (const [age, calls] of [[DELAY - 1, "read"], [DELAY, "read lock FETCH set"]] as const) {
      const world = createWorld();
      edited(world);
      world.state.hasLock = false;
      expect(await world.pass(DELAY)).toBe("lock");
      world.state.content = snapshotOf({ a: 2 });
      expect(await world.pass(RETRY - age)).toBe("");
      world.sink.put(snapshotOf({ a: 3 }).flags[0]!);
      Object.assign(world.state, { hasLock: true, service: snapshotOf({ a: 3 }) });
      expect(await world.pass(age)).toBe(calls);
      expect(await world.pass(DELAY)).toBe(age === DELAY ? "" : "lock read FETCH set");
    }
  });

  it("does not wait when an older update is lacking, too", async () => {
    const world = createWorld();
    edited(world);
    world.state.hasLock = false;
    await world.pass(DELAY);
    await world.pass(RETRY - 1);
    world.sink.put(snapshotOf({ b: 3 }).flags[0]!);
    Object.assign(world.state, { hasLock: true, service: snapshotOf({ a: 2, b: 3 }) });
    expect(await world.pass(1)).toBe("read lock FETCH set");
  });

  it("reads once when it gets the lock after a minute", async () => {
    const world = createWorld();
    edited(world);
    world.state.hasLock = false;
    await world.pass(DELAY);
    world.state.hasLock = true;
    expect(await world.pass(RETRY)).toBe("read lock FETCH set");
  });

  it("keeps its lock until what it stored is older than a reader's interval, below 20 s", async () => {
    for (const options of [{ interval: 7_000 }, { maxAge: 7_000 }]) {
      const world = createWorld(options);
      edited(world);
      world.state.service = snapshotOf({ a: 2 });
      expect(await world.pass(DELAY)).toBe("lock read FETCH set");
      expect(await world.pass(6_999)).toBe("");
      expect(await world.pass(1)).toBe("release");
      expect(world.scheduler.armed).toBe(0);
    }
  });

  it("keeps its lock until what it found is older than the interval, or releases it at once", async () => {
    for (const [age, left] of [[5_000, 2_000], [6_999, 1], [7_000, 0], [90_000, 0]] as const) {
      const world = createWorld({ interval: 7_000 });
      edited(world);
      Object.assign(world.state, { content: snapshotOf({ a: 2 }), age });
      expect(await world.pass(DELAY)).toBe(`lock read${left === 0 ? " release" : ""}`);
      if (left > 0) {
        expect(await world.pass(left - 1)).toBe("");
        expect(await world.pass(1)).toBe("release");
      }
      expect(await world.pass(RETRY)).toBe("");
    }
  });

  it("does not release a lock that ends before the interval", async () => {
    for (const interval of [20_000, 30_000]) {
      const world = createWorld({ interval });
      edited(world);
      world.state.service = snapshotOf({ a: 2 });
      expect(await world.pass(DELAY)).toBe("lock read FETCH set");
      expect(await world.pass(RETRY)).toBe("");
    }
  });

  it("keeps its lock for an interval when the store can't be read or written", async () => {
    const steps = {
      "lock read": { content: "failed" },
      "lock read FETCH set": { isWritten: false },
    } as const;
    for (const [calls, state] of Object.entries(steps)) {
      const world = createWorld({ interval: 7_000 });
      edited(world);
      Object.assign(world.state, { age: 90_000, ...state });
      expect(await world.pass(DELAY)).toBe(calls);
      expect(await world.pass(6_999)).toBe("");
      expect(await world.pass(1)).toBe("release");
    }
  });

  it("follows again when it has released its lock", async () => {
    const world = createWorld({ interval: 7_000 });
    edited(world);
    world.state.service = snapshotOf({ a: 2 });
    expect(await world.pass(DELAY)).toBe("lock read FETCH set");
    world.sink.put(snapshotOf({ a: 3 }).flags[0]!);
    world.state.service = snapshotOf({ a: 3 });
    world.state.hasLock = false;
    expect(await world.pass(DELAY)).toBe("lock");
    expect(await world.pass(1_999)).toBe("");
    world.state.hasLock = true;
    expect(await world.pass(1)).toBe("release read lock FETCH set");
  });

  it("needs no lock where the store has none", async () => {
    const world = createWorld({ canLock: false });
    edited(world);
    expect(await world.pass(DELAY)).toBe("read FETCH set");
  });

  it("fetches nothing while the store can't be read, and tries again after a minute", async () => {
    const world = createWorld();
    edited(world);
    world.state.content = "failed";
    expect(await world.pass(DELAY)).toBe("lock read");
    world.state.content = "unusable";
    expect(await world.pass(RETRY)).toBe("read lock FETCH set");
  });

  it("writes what is served, with its date and without an ETag, when the service is away or behind", async () => {
    for (const service of [undefined, snapshotOf({ a: 1 })]) {
      const world = createWorld();
      edited(world);
      world.state.service = service;
      const { learntAt } = world.inner;
      expect(await world.pass(DELAY)).toBe("lock read FETCH set");
      expect(world.writes).toMatchObject([{ etag: undefined, fetchedAt: learntAt }]);
      expect(JSON.parse(world.writes[0]!.body)).toMatchObject({ flags: [{ key: "a", version: 2 }] });
      expect(world.scheduler.armed).toBe(0);
    }
  });

  it("writes nothing when nothing is served", async () => {
    const world = createWorld();
    world.follower.storeLacksSnapshot();
    expect(await world.pass(DELAY)).toBe("lock read FETCH");
    expect(world.scheduler.armed).toBe(1);
  });

  it("tries again after a minute when the write failed", async () => {
    const world = createWorld();
    edited(world);
    world.state.isWritten = false;
    expect(await world.pass(DELAY)).toBe("lock read FETCH set");
    world.state.isWritten = true;
    expect(await world.pass(RETRY)).toBe("read lock FETCH set");
    expect(world.scheduler.armed).toBe(0);
  });

  it("fills an empty store at most once a minute, also by a clock that was set back", async () => {
    const world = createWorld();
    world.sink.replace(snapshotOf({ a: 1 }), "stream");
    world.follower.storeLacksSnapshot();
    expect(await world.pass(DELAY)).toBe("lock read FETCH set");
    world.state.content = "empty";
    world.follower.storeLacksSnapshot();
    expect(await world.pass(DELAY)).toBe("lock read");
    expect(await world.pass(RETRY)).toBe("read lock FETCH set");
    world.scheduler.jump(-600_000);
    world.state.content = "empty";
    world.follower.storeLacksSnapshot();
    expect(await world.pass(DELAY)).toBe("lock read FETCH set");
  });

  it("begins again for what arrived while it worked", async () => {
    const world = createWorld();
    edited(world);
    world.state.service = snapshotOf({ a: 2 });
    world.state.onCall = (name) => {
      if (name !== "set") return;
      world.state.onCall = () => {};
      world.sink.put(snapshotOf({ b: 1 }).flags[0]!);
      world.state.service = snapshotOf({ a: 2, b: 1 });
    };
    expect(await world.pass(DELAY)).toBe("lock read FETCH set");
    expect(await world.pass(DELAY)).toBe("lock read FETCH set");
    expect(JSON.parse(world.writes[1]!.body)).toMatchObject({ flags: [{ key: "a" }, { key: "b" }] });
    expect(world.scheduler.armed).toBe(0);
  });

  it.each([["lock", "lock read"], ["read", "lock read"], ["FETCH", "lock read FETCH"]])(
    "ends with close(), at %s: nothing is written afterwards",
    async (at, calls) => {
      const world = createWorld();
      edited(world);
      world.state.onCall = (name) => {
        if (name === at) world.follower.close();
      };
      expect(await world.pass(DELAY)).toBe(calls);
      world.sink.put(snapshotOf({ a: 5 }).flags[0]!);
      expect([world.writes, world.scheduler.armed]).toEqual([[], 0]);
    },
  );

  it("learns of deletions: a store that still has the flag lacks them, unless it has a newer one", async () => {
    const world = createWorld();
    world.sink.replace(snapshotOf({ a: 1, b: 4 }), "stream");
    world.state.content = snapshotOf({ a: 1, b: 4 });
    world.state.service = snapshotOf({ a: 1 });
    world.sink.remove("b");
    world.sink.remove("unknown");
    expect(await world.pass(DELAY)).toBe("lock read FETCH set");
    world.sink.put(snapshotOf({ b: 6 }).flags[0]!);
    world.sink.remove("b");
    world.state.content = snapshotOf({ a: 1, b: 7 });
    expect(await world.pass(DELAY)).toBe("lock read");
  });

  it("compares snapshots that a reconnection brings, and takes nothing from the first one or from the store", async () => {
    const world = createWorld();
    world.sink.replace(snapshotOf({ a: 1 }), "stream");
    world.sink.replace(snapshotOf({ a: 2 }), "store");
    world.sink.replace(snapshotOf({ a: 2 }), "stream");
    expect(world.scheduler.armed).toBe(0);
    world.state.content = snapshotOf({ a: 2 });
    world.state.service = snapshotOf({ b: 1 });
    world.sink.replace(snapshotOf({ b: 1 }), "stream");
    expect(await world.pass(DELAY)).toBe("lock read FETCH set");
  });

  it("has a flag deleted that a reconnection no longer brings", async () => {
    const world = createWorld();
    world.sink.replace(snapshotOf({ a: 1, b: 4 }), "stream");
    world.state.content = snapshotOf({ a: 1, b: 4 });
    world.state.service = snapshotOf({ a: 1 });
    world.sink.replace(snapshotOf({ a: 1 }), "stream");
    expect(await world.pass(DELAY)).toBe("lock read FETCH set");
    world.sink.remove("unknown");
    expect(world.scheduler.armed).toBe(0);
  });

  it("takes no updates before the first snapshot", () => {
    const world = createWorld();
    world.sink.put(snapshotOf({ a: 1 }).flags[0]!);
    world.sink.putSegment({ key: "s", version: 1 } as never);
    expect(world.scheduler.armed).toBe(0);
  });

  it("learns of segments", async () => {
    const world = createWorld();
    const withSegment = (version: number): Snapshot =>
      decodeSnapshot({
        ...wireSnapshot([]),
        segments: [{ key: "s", version, conditionLogic: "And", conditions: [] }],
      }, () => {});
    world.state.content = withSegment(1);
    world.sink.replace(withSegment(1), "stream");
    world.sink.putSegment(withSegment(2).segments[0]!);
    world.state.service = withSegment(2);
    expect(await world.pass(DELAY)).toBe("lock read FETCH set");
    world.sink.putSegment(withSegment(3).segments[0]!);
    expect(world.inner.segments).toEqual(withSegment(3).segments);
    world.state.content = withSegment(3);
    expect(await world.pass(DELAY)).toBe("lock read");
    expect(world.scheduler.armed).toBe(0);
  });

  it("passes everything on", () => {
    const { inner, sink } = createWorld();
    sink.replace(snapshotOf({ a: 3 }), "stream", 5);
    sink.confirm(7);
    sink.fail(new RequestError("x") as never);
    const failure = new RequestError("y");
    sink.storeChanged(failure);
    sink.modeChanged("polling");
    expect([inner.sources, inner.learntAt, inner.confirmations, inner.failures.length]).toEqual([
      ["stream"],
      7,
      1,
      1,
    ]);
    expect([inner.storeErrors, inner.modes]).toEqual([[failure], ["polling"]]);
    expect([sink.hasSnapshot(), sink.flagVersion("a"), sink.age()]).toEqual([true, 3, inner.age()]);
    expect(sink.held()).toEqual(inner.held());
    expect(sink.snapshot()).toEqual(inner.snapshot());
  });

  it("keeps no timer for its lock once it is closed", async () => {
    const world = createWorld({ interval: 7_000 });
    edited(world);
    world.state.service = snapshotOf({ a: 2 });
    await world.pass(DELAY);
    expect(world.scheduler.armed).toBe(1);
    world.follower.close();
    expect(world.scheduler.armed).toBe(0);
    const closing = createWorld({ interval: 7_000 });
    edited(closing);
    closing.state.onCall = (name) => name === "set" && closing.follower.close();
    expect(await closing.pass(DELAY)).toBe("lock read FETCH set");
    expect(closing.scheduler.armed).toBe(0);
  });

  it("does nothing once it is closed, and leaves no timer", async () => {
    const world = createWorld();
    edited(world);
    world.follower.close();
    expect(world.scheduler.armed).toBe(0);
    expect(await world.pass(DELAY)).toBe("");
  });

  it("waits a minute and up to 5 s more before it reads again", async () => {
    const world = createWorld();
    world.state.hasLock = false;
    edited(world);
    world.scheduler.random = () => 0.5;
    expect(await world.pass(DELAY)).toBe("lock");
    expect(await world.pass(RETRY + 2_499)).toBe("");
    expect(await world.pass(1)).toBe("read lock");
  });

  it("fills an empty store again after exactly a minute", async () => {
    const world = createWorld();
    world.state.service = snapshotOf({ a: 1 });
    world.state.isWritten = false;
    world.follower.storeLacksSnapshot();
    expect(await world.pass(DELAY)).toBe("lock read FETCH set");
    expect(await world.pass(RETRY)).toBe("read lock FETCH set");
  });

  it("does not write a store that has the update, when something newer came from there", async () => {
    const world = createWorld();
    edited(world);
    world.inner.replace(snapshotOf({ a: 3 }), "store");
    world.state.content = snapshotOf({ a: 2 }, 9);
    expect(await world.pass(DELAY)).toBe("lock read");
  });
});
