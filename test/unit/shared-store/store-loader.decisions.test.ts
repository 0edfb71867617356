import { afterEach, describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../src/errors/configuration-error.ts";
import { decodeSnapshot } from "../../../src/contract/snapshot.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import { Deadline } from "../../../src/runtime/scheduler.ts";
import { Envelopes } from "../../../src/shared-store/envelope.ts";
import type { StoredSnapshot } from "../../../src/shared-store/envelope.ts";
import type { SharedStore } from "../../../src/shared-store/shared-store.ts";
import type { LoadOptions } from "../../../src/shared-store/snapshot-loader.ts";
import { createStoreLoader } from "../../../src/shared-store/store-loader.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { MemorySink } from "../../support/memory-sink.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { settleWithCrypto, watchCrypto } from "../../support/settle-crypto.ts";
import { SDK_KEY } from "../../support/source-context.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";

const BASE_URL = "https://flags.example";
const MAX_AGE = 30_000;
const OLD = 3_600_000;

watchCrypto();
const envelopes = await Envelopes.create(SDK_KEY, BASE_URL);
const FLAGS = `{${envelopes.fingerprint}}:flags`;
const LOCK = `{${envelopes.fingerprint}}:lock`;

/** A snapshot with one flag, in this version. */
function bodyOf(version: number): string {
  return JSON.stringify({ ...wireSnapshot([wireFlag("a", { version })]), version });
}

/** One loader, its store and its service, each call of which is written down. */
function createWorld({ canLock = true, delay = 0, interval = MAX_AGE, hasBackground = true } = {}) {
  const scheduler = new ManualScheduler(1, { settle: settleWithCrypto });
  const sink = new MemorySink();
  sink.now = () => scheduler.now();
  const logger = createRecordingLogger();
  const calls: string[] = [];
  const names = new Set<string>();
  const state = {
    text: null as string | null,
    lock: "free" as "free" | "held" | "broken",
    /** What the service has; `undefined` while it is away. */
    version: 1 as number | undefined,
    etag: undefined as string | undefined,
    random: undefined as number | undefined,
    /** Called with each attempt to lock. */
    onLock: (): void => {},
    unwatched: 0,
  };
  const random = scheduler.random.bind(scheduler);
  scheduler.random = () => state.random ?? random();
  const call = async (name: string, key: string): Promise<void> => {
    calls.push(name);
    names.add(key);
    if (delay > 0) await new Promise<void>((resolve) => scheduler.after(delay, resolve));
  };
  const store: SharedStore = {
    async get(name) {
      await call("get", name);
      return state.text;
    },
    async set(name, text) {
      await call("set", name);
      state.text = text;
    },
    ...(canLock && {
      async tryLock(name: string) {
        state.onLock();
        await call("lock", name);
        if (state.lock === "broken") throw new Error("READONLY");
        return state.lock === "held" ? null : () => call("release", name);
      },
    }),
    watch(name) {
      names.add(name);
      calls.push("watch");
      return () => void state.unwatched++;
    },
  };
  const timeouts: (number | undefined)[] = [];
  const http = {
    async getSnapshot(
      { etag, timeout }: { readonly etag?: string | undefined; readonly timeout?: number | undefined } = {},
    ) {
      calls.push("FETCH");
      timeouts.push(timeout);
      await Promise.resolve();
      if (state.version === undefined) throw new RequestError("no answer");
      if (etag !== undefined && etag === state.etag) return { text: undefined, json: undefined, etag };
      const text = bodyOf(state.version);
      return { text, json: JSON.parse(text) as unknown, etag: state.etag };
    },
  };
  const loader = createStoreLoader(store, {
    ...{ http, sink, scheduler, logger, runtime: { hasBackground } },
    ...{ sdkKey: SDK_KEY, baseUrl: BASE_URL, interval, maxAge: MAX_AGE },
  });
  let etag: string | undefined;
  return {
    ...{ scheduler, sink, logger, calls, names, state, loader, timeouts },
    async seal(version: number, rest: Partial<StoredSnapshot> = {}): Promise<string> {
      return await envelopes.seal({
        fetchedAt: scheduler.now(),
        etag: undefined,
        body: bodyOf(version),
        ...rest,
      });
    },
    /** Loads and applies; returns what was called meanwhile, and how it ended. */
    async load(options: Partial<LoadOptions> = {}): Promise<string> {
      const before = calls.length;
      let result: string | undefined;
      const work = loader.load({ etag, maxAge: MAX_AGE, ...options }).then((loaded) => {
        if (loaded.snapshot !== undefined) {
          sink.replace(loaded.snapshot, loaded.storedAt === undefined ? "fetch" : "store", loaded.storedAt);
          etag = loaded.etag;
        } else sink.confirm(loaded.storedAt);
        result = "";
      }, () => result = " failed");
      await scheduler.advanceUntil(() => result !== undefined, 60_000);
      await work;
      await scheduler.advance(0);
      return calls.slice(before).filter((name) => name !== "release").join(" ") + result!;
    },
  };
}

type World = ReturnType<typeof createWorld>;

/** Has the loader hold version 1, of which the store knows nothing any more. */
async function warm(world: World, text: string | null = null): Promise<void> {
  await world.load();
  await world.scheduler.advance(2 * MAX_AGE);
  world.state.text = text;
}

describe("a store (contract §8)", () => {
  const { crypto } = globalThis;
  afterEach(() => Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true }));

  it("needs crypto.subtle", () => {
    Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
    const create = (): unknown => createWorld();
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow("Cannot create client: 'store' needs crypto.subtle");
    expect(create).toThrow(expect.objectContaining({ option: "store" }));
  });

  it("is given two names, with the fingerprint as Redis Cluster's hash tag", async () => {
    const world = createWorld();
    await world.load();
    world.loader.watch(() => {});
    await world.scheduler.advance(0);
    expect([...world.names].sort()).toEqual([FLAGS, LOCK]);
  });

  it.each<[string, (text: string) => string]>([
    ["a changed flag", (text) => text.replace(`"enabled":true`, `"enabled":false`)],
    ["a later date", (text) => text.replace(/"fetchedAt":(\d+)/, (_, at) => `"fetchedAt":${Number(at) + 1}`)],
  ])("that was forged, %s, is refused with one warning and replaced", async (_, forge) => {
    const world = createWorld();
    const genuine = await world.seal(7);
    world.state.text = forge(genuine);
    expect(world.state.text).not.toBe(genuine);
    expect(await world.load()).toBe("get lock get FETCH set");
    expect([world.sink.version, world.sink.sources]).toEqual([1, ["fetch"]]);
    const reason = "its signature is wrong: its writer does not have this SDK key";
    expect(world.logger.lines).toEqual([`warn: Shared store: ignoring the stored snapshot: ${reason}`]);
  });

  it("is followed under the same two names", async () => {
    const world = createWorld();
    const sink = world.loader.follow(world.sink);
    sink.replace(decodeSnapshot(JSON.parse(bodyOf(1)), () => {}), "stream");
    sink.replace(decodeSnapshot(JSON.parse(bodyOf(2)), () => {}), "stream");
    world.state.version = 2;
    await world.scheduler.advance(10_000);
    expect(world.calls).toEqual(["lock", "get", "FETCH", "set"]);
    expect([...world.names].sort()).toEqual([FLAGS, LOCK]);
  });

  it("is used while it is younger than maxAge, to the millisecond", async () => {
    for (const [age, calls] of [[MAX_AGE - 1, "get"], [MAX_AGE, "get lock get FETCH set"]] as const) {
      const world = createWorld();
      world.state.text = await world.seal(1, { fetchedAt: world.scheduler.now() - age });
      expect(await world.load()).toBe(calls);
    }
  });

  it("that is older than what is held does not make it older", async () => {
    const world = createWorld();
    await world.load();
    const { at } = world.sink.held()!;
    world.state.text = await world.seal(1, { fetchedAt: at - 5_000 });
    expect(await world.loader.load({ etag: undefined, maxAge: MAX_AGE })).toMatchObject({ storedAt: at });
  });

  it("is written again after a 304 to a poll, however young it is", async () => {
    const world = createWorld();
    world.state.etag = `"v1"`;
    await world.load();
    await world.scheduler.advance(MAX_AGE / 3);
    expect(await world.load({ maxAge: MAX_AGE / 3 })).toBe("get lock get FETCH set");
  });

  it("whose refused line is still there is not checked again", async () => {
    const world = createWorld({ canLock: false });
    world.state.text = (await world.seal(7)).replace(`"enabled":true`, `"enabled":false`);
    const { verify } = Envelopes.prototype;
    let checks = 0;
    Envelopes.prototype.verify = function (envelope) {
      checks++;
      return verify.call(this, envelope);
    };
    try {
      for (let round = 0; round < 3; round++) await world.loader.stored({ etag: undefined });
    } finally {
      Envelopes.prototype.verify = verify;
    }
    expect(checks).toBe(1);
  });

  it("that is a little out of date but genuine is decoded with its warnings", async () => {
    const world = createWorld();
    const flags = [wireFlag("a"), wireFlag("b", { fallthrough: { type: "Weighted" } as never })];
    world.state.text = await world.seal(1, { body: JSON.stringify({ ...wireSnapshot(flags), version: 1 }) });
    expect(await world.load()).toBe("get");
    expect(world.sink.summary).toMatch(/^a@/);
    expect(world.logger.lines).toEqual([expect.stringMatching(/^warn: .*"b"/)]);
  });

  it("never replaces a newer snapshot by an older one with a later date, and says why", async () => {
    const world = createWorld();
    world.state.version = 5;
    await warm(world);
    world.state.text = await world.seal(4);
    world.state.version = undefined;
    await world.load();
    expect(world.sink.version).toBe(5);
    expect(world.logger.lines.join()).toContain("version is older than the one the service sent since");
  });

  it("that has the held snapshot confirms it without decoding it", async () => {
    const world = createWorld();
    world.state.etag = `"v1"`;
    await warm(world);
    world.state.text = await world.seal(9, { etag: `"v1"` });
    expect(await world.load()).toBe("get");
    expect([world.sink.version, world.sink.age()]).toEqual([1, 0]);
  });

  it("that has nothing newer answers stored() with undefined", async () => {
    const world = createWorld();
    await world.load();
    expect(await world.loader.stored({ etag: undefined })).toBeUndefined();
    await world.scheduler.advance(1);
    world.state.text = await world.seal(2);
    expect((await world.loader.stored({ etag: undefined }))?.snapshot?.version).toBe(2);
  });

  it("gets the ETag of the held snapshot only if it has that one", async () => {
    const world = createWorld();
    world.state.etag = `"v1"`;
    await warm(world, await world.seal(1, { etag: undefined, fetchedAt: world.scheduler.now() - OLD }));
    expect(await world.load()).toBe("get lock get FETCH set");
    expect(envelopes.open(world.state.text, world.scheduler.now()).etag).toBe(`"v1"`);
  });

  it("is not confirmed under the ETag of a newer one", async () => {
    const world = createWorld();
    Object.assign(world.state, { etag: `"v2"`, version: 2 });
    await warm(world, await world.seal(1, { etag: `"v1"`, fetchedAt: world.scheduler.now() - OLD }));
    expect(await world.load()).toBe("get lock get FETCH set");
    expect(world.state.text).toContain(bodyOf(2));
  });
});

describe("what the follower finds in the store (contract §8)", () => {
  /** Has the stream bring version 2, which the service has too; returns what was called, and what was logged. */
  async function follow(prepare: (world: World) => unknown): Promise<[string, readonly string[]]> {
    const world = createWorld();
    world.state.version = 2;
    const sink = world.loader.follow(world.sink);
    for (const version of [1, 2]) {
      sink.replace(decodeSnapshot(JSON.parse(bodyOf(version)), () => {}), "stream");
    }
    await prepare(world);
    await world.scheduler.advance(10_000);
    return [world.calls.join(" "), world.logger.lines];
  }

  it("is enough when it is genuine and has the update", async () => {
    const found = await follow(async (world) => void (world.state.text = await world.seal(2)));
    expect(found).toEqual(["lock get", []]);
  });

  it("is replaced when it is empty, without a warning", async () => {
    expect(await follow(() => {})).toEqual(["lock get FETCH set", []]);
  });

  it("is replaced when it was forged, though it has the update", async () => {
    const [calls, lines] = await follow(async (world) => {
      world.state.text = (await world.seal(2)).replace(`"enabled":true`, `"enabled":false`);
    });
    expect(calls).toBe("lock get FETCH set");
    expect(lines).toEqual([expect.stringContaining("its signature is wrong")]);
  });

  it("is replaced when it can't be opened or decoded, with one warning", async () => {
    for (
      const [make, reason] of [
        [() => "nonsense", "it was not written by this version of the package"],
        [(world: World) => world.seal(2, { body: "[]" }), ""],
      ] as const
    ) {
      const [calls, lines] = await follow(async (world) => void (world.state.text = await make(world)));
      expect(calls).toBe("lock get FETCH set");
      expect(lines).toEqual([
        expect.stringContaining(`Shared store: ignoring the stored snapshot: ${reason}`),
      ]);
    }
  });

  it("is not known when it can't be read: nothing is fetched", async () => {
    const [calls, lines] = await follow((world) =>
      Object.defineProperty(world.state, "text", {
        get() {
          throw new Error("gone");
        },
      })
    );
    expect(calls).toBe("lock get");
    expect(lines).toEqual([expect.stringContaining("reading failed: gone")]);
  });

  it("is not checked again once it was refused", async () => {
    const { verify } = Envelopes.prototype;
    let checks = 0;
    Envelopes.prototype.verify = function (envelope) {
      checks++;
      return verify.call(this, envelope);
    };
    try {
      await follow(async (world) => {
        world.state.text = (await world.seal(2)).replace(`"enabled":true`, `"enabled":false`);
        await world.loader.stored({ etag: undefined });
      });
    } finally {
      Envelopes.prototype.verify = verify;
    }
    expect(checks).toBe(1);
  });
});

describe("watching a store", () => {
  it("ends when it is stopped, also before it has begun", async () => {
    const world = createWorld();
    const stop = world.loader.watch(() => {});
    await world.scheduler.advance(0);
    expect([world.calls, world.state.unwatched]).toEqual([["watch"], 0]);
    stop();
    expect(world.state.unwatched).toBe(1);
    const early = createWorld();
    early.loader.watch(() => {})();
    await early.scheduler.advance(0);
    expect(early.calls).toEqual([]);
  });
});

describe("closing a loader", () => {
  it("lets no call begin and leaves no timer, that of the follower included", async () => {
    const world = createWorld();
    const sink = world.loader.follow(world.sink);
    await world.loader.stored({ etag: undefined }); // empty: the follower is to fill it
    expect(world.scheduler.armed).toBe(1);
    await world.loader.close(5_000);
    expect(world.scheduler.armed).toBe(0);
    const before = world.calls.length;
    sink.storeChanged(undefined);
    expect(await world.loader.stored({ etag: undefined })).toBeUndefined();
    await world.scheduler.advance(300_000);
    expect(world.calls).toHaveLength(before);
  });
});

describe("one read decides, and the second is made ahead only for a request that waits (contract §8)", () => {
  it("a cold start without a deadline waits two round trips", async () => {
    const world = createWorld({ delay: 50 });
    expect(await world.load()).toBe("get lock get FETCH set");
    expect(world.scheduler.elapsed).toBe(100);
  });

  it("with flags to serve, the second read waits for the lock, and is not made without it", async () => {
    const world = createWorld({ delay: 50 });
    await warm(world, await world.seal(1, { fetchedAt: world.scheduler.now() - OLD }));
    const start = world.scheduler.elapsed;
    expect(await world.load()).toBe("get lock get FETCH set");
    expect(world.scheduler.elapsed - start).toBe(150);
    await warm(world, await world.seal(1, { fetchedAt: world.scheduler.now() - OLD }));
    world.state.lock = "held";
    expect(await world.load()).toBe("get lock");
    await world.scheduler.advance(MAX_AGE);
    world.state.lock = "broken";
    expect(await world.load()).toBe("get lock FETCH set");
  });

  it("with flags to serve, nobody waits for the holder of the lock, whatever the store has lost", async () => {
    const world = createWorld();
    await warm(world, null);
    world.state.lock = "held";
    const start = world.scheduler.elapsed;
    expect(await world.load()).toBe("get lock");
    expect(world.scheduler.elapsed).toBe(start);
  });

  it("a cold start serves what is stored, however old, while the holder of the lock is at work", async () => {
    const world = createWorld();
    world.state.text = await world.seal(1, { fetchedAt: world.scheduler.now() - OLD });
    world.state.lock = "held";
    expect(await world.load()).toBe("get lock get");
    expect([world.sink.sources, world.sink.age(), world.scheduler.elapsed]).toEqual([["store"], OLD, 0]);
  });

  it("what the holder wrote between the two reads is used", async () => {
    for (const lock of ["held", "free"] as const) {
      const world = createWorld();
      world.state.text = await world.seal(1, { fetchedAt: world.scheduler.now() - OLD });
      const young = await world.seal(2);
      world.state.lock = lock;
      world.state.onLock = () => void (world.state.text = young);
      expect(await world.load()).toBe("get lock get");
      expect([world.sink.version, world.sink.age()]).toEqual([2, 0]);
    }
  });

  it("a cold start waits 500 ms for the holder of the lock, then asks", async () => {
    const world = createWorld();
    world.state.lock = "held";
    expect(await world.load()).toBe("get lock get get get get get get FETCH set");
    expect(world.scheduler.elapsed).toBe(500);
  });

  it("a store that is slow leaves half of a deadline to the service", async () => {
    const load = async (delay: number): Promise<[string, number, number]> => {
      const world = createWorld({ delay });
      await warm(world, await world.seal(1, { fetchedAt: world.scheduler.now() - OLD }));
      const calls = await world.load({ deadline: new Deadline(world.scheduler, 3_000) });
      return [calls, world.timeouts.at(-1)!, world.sink.storeErrors.length];
    };
    expect(await load(450)).toEqual(["get lock get FETCH set", 3_000 - 3 * 450, 0]);
    expect(await load(900)).toEqual(["get lock FETCH set", 3_000 - 2 * 900, 0]);
  });

  it("a store that took its half is not asked for its lock, and the service has a millisecond at least", async () => {
    const world = createWorld({ delay: 900 });
    expect(await world.load({ deadline: new Deadline(world.scheduler, 1_000) })).toBe("get FETCH set");
    expect(world.timeouts).toEqual([500]);
    const late = createWorld({ canLock: false });
    await late.load({ deadline: new Deadline(late.scheduler, 0) });
    expect(late.timeouts).toEqual([1]);
  });

  it("a lock that turned out to be unnecessary is released after the response", async () => {
    const world = createWorld();
    const young = await world.seal(2);
    world.state.onLock = () => void (world.state.text = young);
    const work: Promise<void>[] = [];
    await world.load({ afterResponse: (promise) => void work.push(promise) });
    await Promise.all(work);
    expect([work.length, world.calls.at(-1)]).toEqual([1, "release"]);
  });
});

describe("a lock that is refused (contract §6.2, §8)", () => {
  /** Loads every 5 s for a while; returns how often the service was asked. */
  async function run(world: World, seconds: number): Promise<number> {
    const before = world.calls.filter((name) => name === "FETCH").length;
    for (let second = 0; second < seconds; second += 5) {
      await world.load();
      await world.scheduler.advance(5_000);
    }
    return world.calls.filter((name) => name === "FETCH").length - before;
  }

  it("is waited for again after a request without it has failed", async () => {
    const world = createWorld({ interval: 1_000 });
    await warm(world, null);
    world.state.lock = "held";
    world.state.version = undefined;
    expect(await run(world, 55)).toBeLessThanOrEqual(3);
  });

  it("is waited for again after it was free once", async () => {
    const world = createWorld();
    await warm(world, null);
    world.state.lock = "held";
    expect(await world.load()).toBe("get lock");
    await world.scheduler.advance(12_000);
    world.state.lock = "free";
    expect(await world.load()).toContain("FETCH");
    await world.scheduler.advance(2 * MAX_AGE);
    world.state.text = null;
    world.state.lock = "held";
    expect(await world.load()).toBe("get lock");
  });

  it("is waited for again after its holder has stored something", async () => {
    const world = createWorld({ interval: 1_000 });
    await warm(world, null);
    world.state.lock = "held";
    expect(await run(world, 10)).toBe(0);
    await world.scheduler.advance(1_000);
    world.state.text = await world.seal(2, { fetchedAt: world.scheduler.now() - MAX_AGE - 1 });
    expect(await run(world, 10)).toBe(0);
    world.state.text = await world.seal(3);
    expect(await world.load()).toBe("get");
    expect(world.sink.version).toBe(3);
  });

  it("ends for a process that has waited: one read more, and the log says how long that was", async () => {
    const world = createWorld({ interval: 1_000 });
    await warm(world, null);
    world.state.lock = "held";
    const start = world.scheduler.elapsed;
    while (!world.calls.slice(4).includes("FETCH") && world.scheduler.elapsed - start < 30_000) {
      const calls = await world.load();
      if (calls.includes("FETCH")) expect(calls).toBe("get lock get FETCH set");
      else await world.scheduler.advance(1_000);
      if (calls.includes("FETCH")) break;
    }
    const waited = (world.scheduler.elapsed - start) / 1_000;
    expect(waited).toBeGreaterThanOrEqual(12);
    expect(waited).toBeLessThanOrEqual(14);
    expect(world.logger.lines).toEqual([
      `warn: Shared store: the holder of the lock has stored nothing for ${waited} s, refreshing without the lock`,
    ]);
  });

  it("does not count when something young was written at the last moment", async () => {
    const world = createWorld({ interval: 1_000 });
    await warm(world, null);
    world.state.lock = "held";
    await world.load();
    await world.scheduler.advance(14_000);
    const young = await world.seal(2);
    world.state.onLock = () => void (world.state.text = young);
    expect(await world.load()).toBe("get lock get");
    expect([world.sink.version, world.logger.lines]).toEqual([2, []]);
  });

  it("is another one when others have fetched since, so that nobody asks beside them", async () => {
    const world = createWorld();
    await warm(world, null);
    world.state.lock = "held";
    for (let version = 2; version < 12; version++) {
      await world.scheduler.advance(MAX_AGE);
      world.state.text = await world.seal(version, { fetchedAt: world.scheduler.now() - MAX_AGE });
      expect(await world.load()).toBe("get lock");
      expect(world.sink.version).toBe(version);
    }
    expect(world.logger.lines).toEqual([]);
  });

  it("counts for 60 s when old snapshots are put back meanwhile, each newer than the last", async () => {
    const world = createWorld();
    await warm(world, null);
    await world.scheduler.advance(OLD);
    world.state.lock = "held";
    for (let second = 0; second < 60; second += 10) {
      world.state.text = await world.seal(2, { fetchedAt: world.scheduler.now() - OLD / 2 });
      expect(await world.load()).toBe("get lock");
      await world.scheduler.advance(10_000);
    }
    expect(await world.load()).toBe("get lock get FETCH set");
  });

  it("counts for exactly 12 s after its holder stored something, and the log says how long", async () => {
    for (const [wait, isOver] of [[11_999, false], [12_000, true], [12_505, true]] as const) {
      const world = createWorld();
      world.state.random = 0;
      await warm(world, null);
      world.state.lock = "held";
      expect(await world.load()).toBe("get lock");
      await world.scheduler.advance(10_000);
      // Newer than what is held, and fetched before the lock was refused.
      world.state.text = await world.seal(2, { fetchedAt: world.scheduler.now() - MAX_AGE - 1 });
      expect(await world.load()).toBe("get lock");
      await world.scheduler.advance(wait);
      expect(await world.load()).toBe(isOver ? "get lock get FETCH set" : "get lock");
      const seconds = Math.round(wait / 1000);
      expect(world.logger.lines).toEqual(
        isOver ? [expect.stringContaining(`has stored nothing for ${seconds} s, refreshing`)] : [],
      );
    }
  });

  it("counts for 60 s when old snapshots are put back, also by a clock that was set back", async () => {
    const world = createWorld();
    await warm(world, null);
    await world.scheduler.advance(OLD);
    world.state.lock = "held";
    await world.load();
    world.scheduler.jump(-600_000);
    let asked = 0;
    for (let second = 0; second <= 60; second += 10) {
      world.state.text = await world.seal(2, { fetchedAt: world.scheduler.now() - OLD / 2 });
      if ((await world.load()).includes("FETCH")) asked++;
      await world.scheduler.advance(10_000);
    }
    expect(asked).toBeGreaterThan(0);
  });

  it("is waited for again after something young was used", async () => {
    const world = createWorld();
    await warm(world, null);
    world.state.lock = "held";
    expect(await world.load()).toBe("get lock");
    world.state.text = await world.seal(2);
    expect(await world.load()).toBe("get");
    await world.scheduler.advance(70_000);
    world.state.text = null;
    expect(await world.load()).toBe("get lock");
  });

  it("is waited for no longer because the clock was set back", async () => {
    const world = createWorld({ interval: 1_000 });
    await warm(world, null);
    world.state.lock = "held";
    await world.load();
    world.scheduler.jump(-600_000);
    const asked = await run(world, 30);
    expect(asked).toBeGreaterThanOrEqual(1);
  });
});

describe("a reader of a store that can't lock (contract §8)", () => {
  async function reader(age: number, random: number): Promise<World> {
    const world = createWorld({ canLock: false });
    world.state.text = await world.seal(1, { fetchedAt: world.scheduler.now() - age });
    world.state.random = random;
    return world;
  }

  it("leaves the service to the writer for exactly 5 minutes", async () => {
    expect(await (await reader(299_999, 0)).load()).toBe("get");
    expect(await (await reader(300_000, 0)).load()).toBe("get FETCH set");
    expect(await (await reader(300_000, 0.01)).load()).toBe("get");
    expect(await (await reader(360_000, 0.0199)).load()).toBe("get FETCH set");
    expect(await (await reader(360_000, 0.02)).load()).toBe("get");
    expect(await (await reader(420_000, 0.0399)).load()).toBe("get FETCH set");
    expect(await (await reader(420_000, 0.04)).load()).toBe("get");
  });

  it("begins with the small chance again after a failure, until the service answers or the clock is set back", async () => {
    const world = await reader(OLD, 0.5);
    world.state.version = undefined;
    expect(await world.load()).toBe("get FETCH failed");
    expect(await world.load()).toBe("get");
    world.scheduler.jump(-600_000);
    expect(await world.load()).toBe("get FETCH failed");
    world.state.random = 0;
    world.state.version = 1;
    expect(await world.load()).toBe("get FETCH set");
    world.state.random = 0.5;
    world.state.text = await world.seal(1, { fetchedAt: world.scheduler.now() - OLD });
    expect(await world.load()).toBe("get FETCH set");
  });

  it("ignores a date ahead of its clock, and leaves it to those whose clock is right", async () => {
    const world = createWorld({ canLock: false });
    world.loader.follow(world.sink);
    world.state.text = await world.seal(1, { fetchedAt: world.scheduler.now() + 120_000 });
    expect(await world.loader.stored({ etag: undefined })).toBeUndefined();
    expect(world.scheduler.armed).toBe(0);
    world.state.text = "nonsense";
    expect(await world.loader.stored({ etag: undefined })).toBeUndefined();
    expect(world.scheduler.armed).toBe(1);
  });

  it("has a forged snapshot replaced by the follower", async () => {
    const world = createWorld({ canLock: false });
    world.loader.follow(world.sink);
    world.state.text = (await world.seal(7)).replace(`"enabled":true`, `"enabled":false`);
    await world.loader.stored({ etag: undefined });
    expect(world.scheduler.armed).toBe(1);
  });
});
