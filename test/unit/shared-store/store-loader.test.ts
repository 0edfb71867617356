import { describe, expect, it } from "vitest";
import { memoryStore } from "../../../src/adapters/stores/memory-store.ts";
import type { DataSource } from "../../../src/data-source/data-source.ts";
import { createOnDemandSource } from "../../../src/data-source/on-demand.ts";
import { createPollSource } from "../../../src/data-source/polling.ts";
import { createStreamSource } from "../../../src/data-source/streaming.ts";
import { FeatureflipError } from "../../../src/errors/featureflip-error.ts";
import { createHttpClient } from "../../../src/http/http-client.ts";
import type { HttpClient } from "../../../src/http/http-client.ts";
import { Envelopes } from "../../../src/shared-store/envelope.ts";
import type { StoredSnapshot } from "../../../src/shared-store/envelope.ts";
import { createStoreLoader } from "../../../src/shared-store/store-loader.ts";
import type { SharedStore } from "../../../src/shared-store/shared-store.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { MemorySink } from "../../support/memory-sink.ts";
import { Service } from "../../support/service.ts";
import { settleWithCrypto, watchCrypto } from "../../support/settle-crypto.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import type { RecordingLogger } from "../../support/recording-logger.ts";

const SDK_KEY = "sdk-shared-7f3a9c";
const BASE_URL = "https://flags.example";
const MAX_AGE = 30_000;

watchCrypto();
const envelopes = await Envelopes.create(SDK_KEY, BASE_URL);
const FLAGS = `{${envelopes.fingerprint}}:flags`;
const LOCK = `{${envelopes.fingerprint}}:lock`;

/** Many isolates, one clock, one service. */
interface World {
  readonly scheduler: ManualScheduler;
  readonly service: Service;
  /** Lets time pass, and waits for `crypto.subtle` too. */
  pass(ms: number): Promise<void>;
  isolate(store?: SharedStore, maxAge?: number, getSnapshot?: HttpClient["getSnapshot"]): Isolate;
  server(mode: "polling" | "streaming", store: SharedStore): Isolate;
  /** How often the service was asked for all flags. */
  fetches(): number;
}

interface Isolate {
  readonly sink: MemorySink;
  readonly logger: RecordingLogger;
  /** One request: settles with what it is served. */
  request(): Promise<string>;
  refresh(): Promise<void>;
  close(): void;
}

/** A store in memory whose lock goes by the world's clock. */
function clockedStore(scheduler: ManualScheduler, rest: Partial<SharedStore> = {}): Required<SharedStore> {
  const store = memoryStore();
  let until = 0;
  return {
    ...store,
    tryLock(_name, ttl) {
      if (until > scheduler.now()) return Promise.resolve(null);
      const mine = until = scheduler.now() + ttl;
      return Promise.resolve(() => {
        if (until === mine) until = 0;
        return Promise.resolve();
      });
    },
    ...rest,
  };
}

/** The same, as Cloudflare KV is: without a lock, and without word of changes. */
function withoutLock({ get, set }: SharedStore): SharedStore {
  return { get, set: set! };
}

function createWorld(): World {
  const scheduler = new ManualScheduler(1, { settle: settleWithCrypto });
  const service = new Service({ scheduler });
  service.edit("a", "whole");
  service.latency = () => 20;
  function contextOf(
    store: SharedStore | undefined,
    hasBackground: boolean,
    maxAge = MAX_AGE,
    getSnapshot?: HttpClient["getSnapshot"],
  ) {
    const sink = new MemorySink();
    sink.now = () => scheduler.now();
    const logger = createRecordingLogger();
    const runtime = { hasBackground };
    const client = createHttpClient({
      sdkKey: SDK_KEY,
      baseUrl: BASE_URL,
      version: "1.2.3",
      connectTimeout: 5000,
      readTimeout: 10_000,
      fetch: service.fetch as typeof fetch,
      scheduler,
      logger,
      runtime: { name: "test", hasBackground, requestInit: {}, streamInit: {} },
    });
    if (getSnapshot !== undefined) client.getSnapshot = getSnapshot;
    const http = client;
    const shared = store &&
      createStoreLoader(store, {
        ...{ http, sink, scheduler, logger, runtime },
        ...{ sdkKey: SDK_KEY, baseUrl: BASE_URL, interval: maxAge, maxAge },
      });
    return { sink, logger, runtime, http, shared, scheduler };
  }
  return {
    scheduler,
    service,
    pass: (ms) => scheduler.advance(ms),
    fetches: () => service.requests.filter(({ path }) => path === "/v1/sdk/flags").length,
    isolate(store, maxAge = MAX_AGE, getSnapshot?) {
      const context = contextOf(store, false, maxAge, getSnapshot);
      const source = createOnDemandSource(context, { maxAge, maxStale: 300_000 });
      return {
        ...context,
        ...methodsOf(source),
        async request() {
          await source.ensureFresh!({ waitUntil: () => {} });
          return context.sink.summary;
        },
      };
    },
    server(mode, store) {
      const context = contextOf(store, true);
      const options = { pollInterval: MAX_AGE, pollAfterFailures: 5 };
      const source = mode === "polling"
        ? createPollSource(context, options)
        : createStreamSource(context, options);
      source.start();
      return { ...context, ...methodsOf(source), request: () => Promise.resolve(context.sink.summary) };
    },
  };
}

/** The outcome of a request within a second. */
async function outcome(world: World, isolate: Isolate): Promise<string> {
  let state = "waits";
  isolate.request().then((summary) => state = summary, (error: unknown) => state = String(error));
  await world.pass(4000);
  return state;
}

async function stored(world: World, rest: Partial<StoredSnapshot> = {}, key = SDK_KEY): Promise<string> {
  const body = JSON.stringify(world.service.snapshot);
  const own = key === SDK_KEY ? envelopes : await Envelopes.create(key, BASE_URL);
  return await own.seal({ fetchedAt: world.scheduler.now(), etag: undefined, body, ...rest });
}

describe("a shared store on demand (contract §8)", () => {
  it("costs the service one fetch, and every other isolate none", async () => {
    const world = createWorld();
    const store = clockedStore(world.scheduler);
    expect(await outcome(world, world.isolate(store))).toBe("a@0");
    for (let count = 0; count < 5; count++) {
      const reader = world.isolate(store);
      expect(await outcome(world, reader)).toBe("a@0");
      expect(reader.sink.sources).toEqual(["store"]);
    }
    expect(world.fetches()).toBe(1);
  });

  it("costs 20 isolates with a lock one fetch for all of them, cold and for each maxAge", async () => {
    const world = createWorld();
    const store = clockedStore(world.scheduler);
    const isolates = Array.from({ length: 20 }, () => world.isolate(store));
    const first = isolates.map((isolate) => isolate.request());
    await world.pass(600);
    expect(new Set(await Promise.all(first))).toEqual(new Set(["a@0"]));
    expect(world.fetches()).toBe(1);
    const minutes = 10;
    for (let second = 0; second < minutes * 60; second++) {
      for (const isolate of isolates) void isolate.request();
      await world.scheduler.advance(1000);
    }
    expect(world.fetches()).toBeLessThanOrEqual(1 + minutes * 60_000 / MAX_AGE);
    expect(world.fetches()).toBeGreaterThan(15);
    world.service.edit("b", "whole");
    for (let second = 0; second < 35; second++) {
      for (const isolate of isolates) void isolate.request();
      await world.scheduler.advance(1000);
    }
    expect(new Set(isolates.map(({ sink }) => sink.flags.has("b")))).toEqual(new Set([true]));
  });

  it("costs one warm isolate one fetch for each maxAge in 10,000 requests over 10 minutes", async () => {
    const world = createWorld();
    const isolate = world.isolate();
    for (let count = 0; count < 10_000; count++) {
      void isolate.request();
      await world.scheduler.advance(60);
    }
    expect(world.fetches()).toBeLessThanOrEqual(20);
    expect(world.fetches()).toBeGreaterThan(15);
  });

  it("costs readers none where the store can't lock and a writer refreshes it each minute", async () => {
    const world = createWorld();
    const store = withoutLock(clockedStore(world.scheduler));
    const writer = world.isolate(store);
    const refreshed = writer.refresh();
    await world.pass(100);
    await refreshed;
    const readers = Array.from({ length: 10 }, () => world.isolate(store));
    for (let second = 0; second < 300; second++) {
      if (second % 60 === 0) void writer.refresh();
      for (const reader of readers) void reader.request();
      await world.scheduler.advance(1000);
      if (second < 3) await world.pass(0);
    }
    expect(world.fetches()).toBe(6);
    for (const { sink } of readers) expect(new Set(sink.sources)).toEqual(new Set(["store"]));
  });

  it("leaves the service to the writer for 5 minutes where the store can't lock", async () => {
    const world = createWorld();
    let text: string | null = await stored(world, { fetchedAt: world.scheduler.now() - 299_000 });
    const store = { get: () => Promise.resolve(text) };
    expect(await outcome(world, world.isolate(store))).toBe("a@0");
    expect(world.fetches()).toBe(0);
    text = await stored(world, { fetchedAt: world.scheduler.now() - 900_000 });
    const isolate = world.isolate(store);
    expect(await outcome(world, isolate)).toBe("a@0");
    expect(world.fetches()).toBe(1);
    expect(isolate.sink.sources).toEqual(["store", "fetch"]);
  });

  it("serves what the store has, however old, while the service is down", async () => {
    const world = createWorld();
    world.service.nextFault = () => "500";
    const text = await stored(world, { fetchedAt: world.scheduler.now() - 86_400_000 });
    const isolate = world.isolate(clockedStore(world.scheduler, { get: () => Promise.resolve(text) }));
    expect(await outcome(world, isolate)).toBe("a@0");
    expect(isolate.sink.failures).not.toEqual([]);
    expect(isolate.sink.learntAt).toBe(world.scheduler.now() - 86_400_000 - world.scheduler.elapsed);
  });

  it("gives the lock to the next when its holder is gone", async () => {
    const world = createWorld();
    const store = clockedStore(world.scheduler);
    const text = await stored(world, { fetchedAt: world.scheduler.now() - MAX_AGE });
    await store.set(FLAGS, text);
    await store.tryLock(LOCK, 4000); // and never given back
    const isolate = world.isolate(store);
    void isolate.request();
    await world.pass(3000);
    void isolate.request();
    await world.pass(10);
    expect(world.fetches()).toBe(0);
    await world.pass(1500);
    void isolate.request();
    await world.pass(100);
    expect(world.fetches()).toBe(1);
  });
});

describe("a lock whose holder brings nothing (contract §6.2, §8)", () => {
  /** Somebody else always has the lock, and nothing is ever written. */
  async function lockedStore(world: World): Promise<SharedStore & { text: string }> {
    const store = {
      text: await stored(world),
      get: () => Promise.resolve(store.text),
      set: () => Promise.resolve(),
      tryLock: () => Promise.resolve(null),
    };
    return store;
  }

  it("is waited for 12 s plus a part of the interval on demand, then the service is asked, and the log says so once", async () => {
    const world = createWorld();
    const isolate = world.isolate(await lockedStore(world));
    expect(await outcome(world, isolate)).toBe("a@0");
    await world.pass(MAX_AGE);
    const start = world.scheduler.elapsed;
    let waited = 0;
    while (world.fetches() === 0) {
      void isolate.request().catch(() => {});
      await world.pass(1000);
      waited = world.scheduler.elapsed - start;
      expect(waited).toBeLessThan(45_000);
    }
    expect(waited).toBeGreaterThan(12_000);
    expect(isolate.sink.failures).toEqual([]);
    const line = expect.stringMatching(
      /^warn: Shared store: the holder of the lock has stored nothing for \d+ s/,
    );
    expect(isolate.logger.lines).toEqual([line]);
    for (let second = 0; second < 300; second++) {
      void isolate.request().catch(() => {});
      await world.pass(1000);
    }
    expect(isolate.logger.lines).toEqual([line]);
    expect(world.fetches()).toBeGreaterThan(3);
  });

  it("delays a polling client by two intervals at most", async () => {
    const world = createWorld();
    const server = world.server("polling", await lockedStore(world));
    await world.pass(1000);
    for (let minute = 0; minute < 10; minute++) {
      await world.pass(60_000);
      expect(world.scheduler.now() - server.sink.learntAt).toBeLessThan(3.3 * MAX_AGE);
    }
    expect(world.fetches()).toBeGreaterThan(4);
    expect(server.logger.lines).toHaveLength(1);
    server.close();
  });

  it("brings each flip to a fleet of polling clients within one interval, without more requests", async () => {
    const world = createWorld();
    const { watch: _, ...store } = clockedStore(world.scheduler);
    const servers: Isolate[] = [];
    for (let count = 0; count < 5; count++) {
      servers.push(world.server("polling", store));
      await world.pass(6000);
    }
    const before = world.fetches();
    const start = world.scheduler.now();
    for (let flip = 0; flip < 20; flip++) {
      world.service.edit("a", "whole");
      const { version } = world.service.snapshot.flags[0]!;
      // The interval, its jitter, and a second read while another process fetches.
      await world.pass(1.1 * MAX_AGE + 2000);
      for (const { sink } of servers) expect(sink.flagVersion("a")).toBe(version);
      await world.pass(1700);
    }
    const intervals = (world.scheduler.now() - start) / MAX_AGE;
    expect(world.fetches() - before).toBeLessThanOrEqual(intervals + 1);
    for (const server of servers) server.close();
  });

  it("reads what another process is writing after 1 s, 2 s and 4 s, then an interval later", async () => {
    const world = createWorld();
    const lookedAt: number[] = [];
    const stored = await lockedStore(world);
    const get = (name: string): Promise<string | null> => {
      lookedAt.push(world.scheduler.now());
      return stored.get(name);
    };
    const server = world.server("polling", { ...stored, get, tryLock: () => Promise.resolve(null) });
    await world.pass(100);
    lookedAt.length = 0;
    await world.pass(2.5 * MAX_AGE);
    const gaps = lookedAt.slice(1).map((at, index) => at - lookedAt[index]!);
    expect(gaps.slice(0, 3)).toEqual([1000, 2000, 4000]);
    expect(gaps[3]).toBeGreaterThanOrEqual(MAX_AGE);
    server.close();
  });

  it("does not keep a polling client from starting with old flags while the service is away", async () => {
    const world = createWorld();
    const { watch: _, ...store } = clockedStore(world.scheduler);
    const writer = world.server("polling", store);
    await world.pass(1000);
    writer.close();
    await world.pass(3_600_000);
    world.service.nextFault = () => "refuse";
    const server = world.server("polling", store);
    await world.pass(1000);
    expect(server.sink.sources).toEqual(["store"]);
    server.close();
  });

  it("leaves a store that can't lock to its writer: a late one is not looked for more often", async () => {
    const world = createWorld();
    let reads = 0;
    const stored = await lockedStore(world);
    const store = withoutLock({ ...stored, get: (name) => (reads++, stored.get(name)) });
    const server = world.server("polling", store);
    await world.pass(240_000);
    expect(reads).toBeLessThanOrEqual(9);
    server.close();
  });

  it("never counts for more than 60 s, however long the interval", async () => {
    const world = createWorld();
    const isolate = world.isolate(await lockedStore(world), 3_600_000);
    await world.pass(3_600_000);
    await isolate.request();
    await world.pass(1000);
    const start = world.scheduler.elapsed;
    while (world.fetches() === 0) {
      void isolate.request().catch(() => {});
      await world.pass(1000);
      expect(world.scheduler.elapsed - start).toBeLessThan(64_000);
    }
  });

  it("does not count any more once it has been refused for 60 s: then each interval brings new flags", async () => {
    const world = createWorld();
    const isolate = world.isolate(await lockedStore(world));
    for (let second = 0; second < 120; second++) {
      void isolate.request().catch(() => {});
      await world.pass(1000);
    }
    for (let second = 0; second < 240; second++) {
      void isolate.request().catch(() => {});
      await world.pass(1000);
      expect(world.scheduler.now() - isolate.sink.learntAt).toBeLessThanOrEqual(MAX_AGE + 2000);
    }
    expect(isolate.logger.lines).toHaveLength(1);
  });

  it("is honoured again once it was free, and then a new outage is logged", async () => {
    const world = createWorld();
    const store = clockedStore(world.scheduler, {});
    let isLocked = true;
    const isolate = world.isolate({
      ...store,
      tryLock: (name, ttl) => isLocked ? Promise.resolve(null) : store.tryLock(name, ttl),
    });
    const run = async (seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second++) {
        void isolate.request().catch(() => {});
        await world.pass(1000);
      }
    };
    await run(120);
    expect(isolate.logger.lines).toHaveLength(1);
    isLocked = false;
    await run(40);
    isLocked = true;
    await run(120);
    expect(isolate.logger.lines).toHaveLength(2);
  });
});

describe("what a shared store has is not trusted (contract §8)", () => {
  const cases: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
    "another key's": (world) => stored(world, {}, "sdk-of-somebody-else"),
    "a corrupt header": async (world) => (await stored(world)).slice(3),
    "no header": (world) => Promise.resolve(JSON.stringify(world.service.snapshot)),
    "half a snapshot": async (world) => (await stored(world)).slice(0, -20),
    "a snapshot of a bad shape": (world) => stored(world, { body: `{"flags":{},"segments":[]}` }),
    "another format": async (world) => (await stored(world)).replace(`"format":2`, `"format":1`),
    "an instant that is none": async (world) => {
      return (await stored(world)).replace(/"fetchedAt":\d+/, `"fetchedAt":"now"`);
    },
    "an ETag that no header carries": (world) => stored(world, { etag: '"a\nb"' }),
    "an ETag of other letters": (world) => stored(world, { etag: '"用"' }),
    "an ETag that is too long": (world) => stored(world, { etag: `"${"a".repeat(1000)}"` }),
    "an ETag that is no text": (world) => stored(world, { etag: 5 as unknown as string }),
    "an instant over a minute ahead": (world) => {
      return stored(world, { fetchedAt: world.scheduler.now() + 10 ** 9 });
    },
    "more than 32 MiB": async (world) => `${await stored(world)}${" ".repeat(32 * 2 ** 20)}`,
    "no text": () => Promise.resolve({ format: 1 }),
  };
  for (const [name, make] of Object.entries(cases)) {
    it(`${name} is as if it were not there, with one warning`, async () => {
      const world = createWorld();
      const text = await make(world);
      const store: SharedStore = { get: () => Promise.resolve(text as string) };
      const isolate = world.isolate(store);
      expect(await outcome(world, isolate)).toBe("a@0");
      expect(isolate.sink.sources).toEqual(["fetch"]);
      await world.pass(MAX_AGE);
      await outcome(world, isolate);
      expect(isolate.logger.lines).toEqual([
        expect.stringMatching(/^warn: Shared store: ignoring the stored snapshot: /),
      ]);
      expect(isolate.logger.lines.join()).not.toContain(SDK_KEY);
    });
  }

  it("an instant a little ahead counts as now: clocks differ", async () => {
    const world = createWorld();
    const text = await stored(world, { fetchedAt: world.scheduler.now() + 30_000 });
    const isolate = world.isolate({ get: () => Promise.resolve(text) });
    expect(await outcome(world, isolate)).toBe("a@0");
    expect(isolate.sink.sources).toEqual(["store"]);
    expect(isolate.sink.learntAt).toBeLessThanOrEqual(world.scheduler.now());
  });

  it("does not stay fresh for longer than its instant is ahead", async () => {
    const world = createWorld();
    const store = clockedStore(world.scheduler);
    await store.set(FLAGS, await stored(world, { fetchedAt: world.scheduler.now() + 30_000 }));
    const isolate = world.isolate(store);
    await outcome(world, isolate);
    world.service.edit("b", "whole");
    await world.pass(30_000 + MAX_AGE);
    await outcome(world, isolate);
    expect(await outcome(world, isolate)).toContain("b@");
  });

  it("never replaces a newer snapshot that came from the service", async () => {
    const world = createWorld();
    const old = await stored(world);
    let text: string | null = null;
    const isolate = world.isolate({ get: () => Promise.resolve(text) });
    await world.pass(2000);
    world.service.edit("b", "whole");
    expect(await outcome(world, isolate)).toContain("b@");
    text = old;
    await world.pass(MAX_AGE);
    expect(await outcome(world, isolate)).toContain("b@");
    // Not even when it claims to have been fetched just now.
    text = old.replace(/"fetchedAt":\d+/, `"fetchedAt":${world.scheduler.now() + MAX_AGE + 4000}`);
    await world.pass(MAX_AGE);
    expect(await outcome(world, isolate)).toContain("b@");
    expect(isolate.sink.sources).not.toContain("store");
  });

  it("holds a fingerprint and no key", async () => {
    const world = createWorld();
    const store = clockedStore(world.scheduler);
    await outcome(world, world.isolate(store));
    expect(await store.get(FLAGS)).not.toContain(SDK_KEY);
    expect(await store.get(FLAGS)).toContain(envelopes.fingerprint);
  });
});

describe("one read decides (contract §8)", () => {
  /** A store that writes down its calls, each of which takes 50 ms, and the requests to the service. */
  function recordingStore(world: World, abilities: "locks" | "reads and writes", text?: string) {
    const calls: string[] = [];
    const inner = clockedStore(world.scheduler);
    if (text !== undefined) void inner.set(FLAGS, text);
    const wait = (name: string): Promise<void> => {
      calls.push(name);
      return new Promise((resolve) => void world.scheduler.after(50, resolve));
    };
    const store: SharedStore = {
      get: (name) => wait("get").then(() => inner.get(name)),
      set: (name, value) => wait("set").then(() => inner.set(name, value)),
      ...(abilities === "locks" && {
        tryLock: (name: string, ttl: number) => wait("lock").then(() => inner.tryLock(name, ttl)),
      }),
    };
    world.service.latency = () => 0;
    world.service.nextFault = () => {
      calls.push("FETCH");
      return undefined;
    };
    return { store, calls, inner };
  }

  async function firstFlags(world: World, isolate: Isolate): Promise<number> {
    const start = world.scheduler.elapsed;
    let isDone = false;
    void isolate.request().then(() => isDone = true);
    const took = await world.scheduler.advanceUntil(() => isDone, 3000);
    await world.pass(start + 2000 - world.scheduler.elapsed);
    return took;
  }

  it.each(
    [
      ["locks", undefined, "get lock get FETCH set", 100],
      ["reads and writes", undefined, "get FETCH set", 50],
      ["locks", 3_600_000, "get lock get FETCH set", 100],
      ["reads and writes", 3_600_000, "get FETCH set", 50],
      ["locks", 240_000, "get lock get FETCH set", 50],
      ["locks", 1000, "get", 50],
      ["reads and writes", 200_000, "get", 50],
    ] as const,
  )(
    "a cold request with a store that %s and has a snapshot of age %s: %s",
    async (abilities, age, expected, ms) => {
      const world = createWorld();
      const text = age === undefined
        ? undefined
        : await stored(world, { fetchedAt: world.scheduler.now() - age });
      const { store, calls } = recordingStore(world, abilities, text);
      const isolate = world.isolate(store);
      expect(await firstFlags(world, isolate)).toBe(ms);
      expect(calls.join(" ")).toBe(expected);
      expect(isolate.sink.summary).toBe("a@0");
    },
  );

  it("a request that finds the holder of the lock at work reads every 100 ms, for 500 ms at most", async () => {
    const world = createWorld();
    const { store, calls, inner } = recordingStore(world, "locks");
    await inner.tryLock(LOCK, 4000);
    const text = await stored(world);
    world.scheduler.after(240, () => void inner.set(FLAGS, text));
    expect(await firstFlags(world, world.isolate(store))).toBe(250);
    expect(calls.join(" ")).toBe("get lock get get");
    const late = createWorld();
    const other = recordingStore(late, "locks");
    await other.inner.tryLock(LOCK, 60_000);
    await firstFlags(late, late.isolate(other.store));
    expect(other.calls.join(" ")).toBe("get lock get get get get FETCH set");
  });

  it("an ETag saves the body, and a 304 is stored with a new date and the same body", async () => {
    const world = createWorld();
    const body = JSON.stringify(world.service.snapshot);
    const etag = `"v1"`;
    const old = await stored(world, { etag, fetchedAt: world.scheduler.now() - 3_600_000 });
    const { store, inner } = recordingStore(world, "locks", old);
    const conditions: unknown[] = [];
    const isolate = world.isolate(store, MAX_AGE, ({ etag: asked } = {}) => {
      conditions.push(asked);
      return Promise.resolve({ text: undefined, json: undefined, etag: asked });
    });
    await firstFlags(world, isolate);
    expect(conditions).toEqual([etag]);
    const opened = envelopes.open(await inner.get(FLAGS), world.scheduler.now());
    expect([opened.body, opened.etag]).toEqual([body, etag]);
    expect(opened.fetchedAt).toBeGreaterThan(world.scheduler.now() - 10_000);
    expect(await envelopes.verify(opened)).toBe(true);
    // Next time the snapshot is the held one, and its line is not parsed again.
    await world.pass(MAX_AGE);
    await firstFlags(world, isolate);
    expect(conditions).toEqual([etag, etag]);
    expect(envelopes.open(await inner.get(FLAGS), world.scheduler.now()).body).toBe(body);
  });

  it("a body that was swapped under a known first line is neither served nor stored again", async () => {
    const world = createWorld();
    const etag = `"v1"`;
    const { store, inner } = recordingStore(world, "locks", await stored(world, { etag }));
    const conditions: unknown[] = [];
    const isolate = world.isolate(store, MAX_AGE, ({ etag: asked } = {}) => {
      conditions.push(asked);
      const body = JSON.stringify(world.service.snapshot);
      return Promise.resolve(
        asked === undefined
          ? { text: body, json: JSON.parse(body) as unknown, etag }
          : { text: undefined, json: undefined, etag: asked },
      );
    });
    await firstFlags(world, isolate);
    await inner.set(FLAGS, (await inner.get(FLAGS))!.replace(`"enabled":true`, `"enabled":false`));
    await world.pass(MAX_AGE);
    await firstFlags(world, isolate);
    expect(conditions).toEqual([undefined]);
    expect(await inner.get(FLAGS)).toContain(`"enabled":true`);
  });

  it("a snapshot that was stored later replaces the held one, whether or not it has an ETag", async () => {
    for (const etag of [undefined, `"v2"`]) {
      const world = createWorld();
      const { store, inner } = recordingStore(world, "locks", await stored(world, { etag: `"v1"` }));
      const isolate = world.isolate(store);
      await firstFlags(world, isolate);
      world.service.edit("b", "whole");
      await world.pass(MAX_AGE);
      await inner.set(FLAGS, await stored(world, { etag }));
      await firstFlags(world, isolate);
      expect(isolate.sink.flags.has("b")).toBe(true);
      expect(world.fetches()).toBe(0);
    }
  });

  it("a text that was stored again confirms the held one without an ETag, unless its writer has no key", async () => {
    const world = createWorld();
    const body = JSON.stringify(world.service.snapshot);
    const { store, inner } = recordingStore(world, "locks", await stored(world, { body }));
    const isolate = world.isolate(store);
    await firstFlags(world, isolate);
    const flag = isolate.sink.flags.get("a");
    const renew = async (rest: Partial<StoredSnapshot>, key?: string): Promise<void> => {
      await world.pass(MAX_AGE);
      await inner.set(FLAGS, await stored(world, rest, key));
      await firstFlags(world, isolate);
    };
    await renew({ body });
    expect(isolate.sink.flags.get("a")).toBe(flag);
    expect(isolate.sink.sources).toEqual(["store"]);
    expect(isolate.sink.age()).toBeLessThan(MAX_AGE);
    expect(world.fetches()).toBe(0);

    await renew({ body: body.replace(`"value":1`, `"value":2`) });
    expect(isolate.sink.flags.get("a")?.variations[0]?.value, "another text of that length").toBe(2);
    expect(world.fetches()).toBe(0);
    await renew({ body: body.replace(`"value":1`, `"value":2`) }, "sdk-of-somebody-else");
    expect(world.fetches()).toBe(1);
  });

  it("a text of the service that is the stored one is not decoded again", async () => {
    const world = createWorld();
    const text = JSON.stringify(world.service.snapshot);
    const old = await stored(world, { body: text, fetchedAt: world.scheduler.now() - 3_600_000 });
    const { store, inner } = recordingStore(world, "locks", old);
    const known: unknown[] = [];
    const isolate = world.isolate(store, MAX_AGE, (conditions = {}) => {
      known.push(conditions.text);
      return Promise.resolve({ text, json: undefined, etag: undefined });
    });
    await firstFlags(world, isolate);
    expect(isolate.sink.summary).toBe("a@0");
    await world.pass(MAX_AGE);
    await firstFlags(world, isolate);
    expect(known).toEqual([text, text]);
    expect(isolate.sink.age()).toBeLessThan(MAX_AGE);
    const opened = envelopes.open(await inner.get(FLAGS), world.scheduler.now());
    expect([opened.body, await envelopes.verify(opened)]).toEqual([text, true]);
  });

  it("refresh() asks with the stored ETag, and after a 304 writes only what is older than half of maxAge", async () => {
    for (const [age, writes] of [[MAX_AGE / 2 - 1000, 0], [MAX_AGE / 2 + 1000, 1]] as const) {
      const world = createWorld();
      const text = await stored(world, { etag: `"v1"`, fetchedAt: world.scheduler.now() - age });
      const { store, calls } = recordingStore(world, "reads and writes", text);
      const writer = world.isolate(
        store,
        MAX_AGE,
        ({ etag } = {}) => Promise.resolve({ text: undefined, json: undefined, etag }),
      );
      let isDone = false;
      void writer.refresh().then(() => isDone = true);
      await world.scheduler.advanceUntil(() => isDone, 3000);
      expect([age, calls.filter((call) => call === "set").length]).toEqual([age, writes]);
      expect(writer.sink.summary).toBe("a@0");
    }
  });

  it("a service without ETags never makes the store hold the text undefined", async () => {
    const world = createWorld();
    const { store, inner } = recordingStore(world, "locks");
    const isolate = world.isolate(store);
    for (let round = 0; round < 3; round++) {
      await firstFlags(world, isolate);
      expect(envelopes.open(await inner.get(FLAGS), world.scheduler.now()).body).toContain(`"flags"`);
      await world.pass(MAX_AGE);
    }
  });

  it("under the lock a young snapshot of somebody else ends the refresh, and the lock is released", async () => {
    const world = createWorld();
    const young = await stored(world);
    const { store, calls, inner } = recordingStore(world, "locks");
    const isolate = world.isolate({
      ...store,
      tryLock: async (name, ttl) => {
        await inner.set(FLAGS, young);
        return await store.tryLock!(name, ttl);
      },
    });
    await firstFlags(world, isolate);
    expect(calls.join(" ")).toBe("get lock get");
    expect(await inner.tryLock(LOCK, 1000)).not.toBeNull();
  });

  it("a service that fails keeps the lock until it expires", async () => {
    const world = createWorld();
    const { store, inner } = recordingStore(world, "locks");
    world.service.nextFault = () => "500";
    const isolate = world.isolate(store);
    void isolate.request().catch(() => {});
    await world.pass(3000);
    expect(await inner.tryLock(LOCK, 1000)).toBeNull();
    await world.pass(2000);
    expect(await inner.tryLock(LOCK, 1000)).not.toBeNull();
  });
});

describe("readers of a store that can't lock (contract §8)", () => {
  it("ask by a chance of 1 % after 5 minutes, which doubles each minute", async () => {
    const share = async (age: number): Promise<number> => {
      const world = createWorld();
      const text = await stored(world, { fetchedAt: world.scheduler.now() - age });
      const store = { get: () => Promise.resolve(text) };
      const readers = Array.from({ length: 1000 }, () => world.isolate(store));
      const answers = readers.map((reader) => reader.request());
      await world.pass(100);
      await Promise.all(answers);
      return world.fetches() / readers.length;
    };
    expect(await share(299_000)).toBe(0);
    expect(await share(301_000)).toBeGreaterThan(0.002);
    expect(await share(301_000)).toBeLessThan(0.022);
    expect(await share(300_000 + 4.5 * 60_000)).toBeGreaterThan(0.11);
    expect(await share(300_000 + 4.5 * 60_000)).toBeLessThan(0.22);
    expect(await share(300_000 + 7.5 * 60_000)).toBe(1);
  });

  it("start again with a small chance when the service failed them", async () => {
    const world = createWorld();
    world.service.nextFault = () => "500";
    const text = await stored(world, { fetchedAt: world.scheduler.now() - 3_600_000 });
    const isolate = world.isolate({ get: () => Promise.resolve(text) });
    await outcome(world, isolate);
    expect(world.fetches()).toBe(1);
    for (let minute = 0; minute < 3; minute++) {
      for (let read = 0; read < 2; read++) {
        void isolate.request().catch(() => {});
        await world.pass(MAX_AGE);
      }
    }
    // Without that, each of these six reads would have asked.
    expect(world.fetches()).toBeLessThan(4);
  });
});

describe("a fleet (contract §8)", () => {
  it("of 10,000 isolates whose writer and service are away does not turn on the service at once", async () => {
    // A sample of 250 stands for all. The store can't lock; each isolate reads every 30 s.
    const SCALE = 40;
    const world = createWorld();
    const text = await stored(world);
    const { scheduler } = world;
    let asked = 0;
    let isAway = true;
    const loaders = Array.from({ length: 10_000 / SCALE }, () => {
      const sink = new MemorySink();
      sink.now = () => scheduler.now();
      const loader = createStoreLoader({ get: () => Promise.resolve(text) }, {
        http: {
          getSnapshot() {
            asked++;
            if (isAway) return Promise.reject(new FeatureflipError("REQUEST_FAILED", "no answer"));
            const body = JSON.stringify(world.service.snapshot);
            return Promise.resolve({ text: body, json: JSON.parse(body) as unknown, etag: undefined });
          },
        },
        ...{ sink, scheduler, logger: createRecordingLogger(), runtime: { hasBackground: false } },
        ...{ sdkKey: SDK_KEY, baseUrl: BASE_URL, interval: MAX_AGE, maxAge: MAX_AGE },
      });
      return { sink, loader };
    });
    const perMinute: number[] = [];
    for (let minute = 0; minute < 60; minute++) {
      asked = 0;
      for (let read = 0; read < 2; read++) {
        await Promise.all(loaders.map(async ({ sink, loader }) => {
          const loaded = await loader.load({ etag: undefined, maxAge: MAX_AGE }).catch(() => undefined);
          if (loaded?.snapshot !== undefined) sink.replace(loaded.snapshot, "store", loaded.storedAt);
        }));
        scheduler.jump(MAX_AGE);
      }
      perMinute.push(asked * SCALE);
    }
    expect(Math.max(...perMinute.slice(0, 5))).toBe(0);
    expect(Math.max(...perMinute.slice(5, 8))).toBeLessThan(1500);
    // All at once would be 20,000.
    expect(Math.max(...perMinute)).toBeLessThan(4500);
    isAway = false;
    asked = 0;
    await Promise.all(loaders.map(({ loader }) => loader.load({ etag: undefined, maxAge: MAX_AGE })));
    expect(asked * SCALE).toBeLessThan(4500);
  });

  it("of 200 isolates and 20 servers with one store that locks asks once for each interval, for an hour", async () => {
    const world = createWorld();
    const store = clockedStore(world.scheduler);
    const servers = Array.from({ length: 20 }, () => world.server("polling", store));
    const isolates = Array.from({ length: 200 }, () => world.isolate(store));
    for (let at = 0; at < 3_600_000; at += MAX_AGE) {
      for (const isolate of isolates) void isolate.request().catch(() => {});
      await world.pass(MAX_AGE);
    }
    // 220 clients that ask by themselves make 26,400 requests.
    expect(world.fetches()).toBeLessThanOrEqual(1 + 3_600_000 / MAX_AGE);
    expect(world.fetches()).toBeGreaterThan(100);
    for (const server of servers) server.close();
  });
});

describe("a shared store that is down (contract §8)", () => {
  const failures: Readonly<Record<string, SharedStore>> = {
    "rejects": { get: () => Promise.reject(new Error(`no route for ${SDK_KEY}`)) },
    "throws": {
      get() {
        throw new TypeError("not a promise even");
      },
    },
    "hangs": { get: () => new Promise(() => {}) },
  };
  for (const [how, store] of Object.entries(failures)) {
    it(`is skipped within the deadline when it ${how}, and the status says so`, async () => {
      const world = createWorld();
      const isolate = world.isolate(store);
      const start = world.scheduler.elapsed;
      let at = Infinity;
      const request = isolate.request().then(() => at = world.scheduler.elapsed - start);
      await world.pass(3000);
      await request;
      expect(at).toBeLessThanOrEqual(1500);
      expect(isolate.sink.sources).toEqual(["fetch"]);
      expect(isolate.sink.storeErrors.at(-1)?.code).toBe("STORE_FAILED");
      expect(isolate.logger.lines).toHaveLength(1);
      expect(isolate.logger.lines.join()).not.toContain(SDK_KEY);
    });
  }

  it("is used again once it works, and the status says that too", async () => {
    const world = createWorld();
    const store = clockedStore(world.scheduler);
    let isDown = true;
    const isolate = world.isolate({
      ...store,
      get: () => isDown ? Promise.reject(new Error("down")) : store.get(FLAGS),
    });
    await outcome(world, isolate);
    isDown = false;
    await world.pass(MAX_AGE + 5000);
    await outcome(world, isolate);
    expect(isolate.sink.storeErrors.at(-1)).toBeUndefined();
    expect(isolate.logger.lines.at(-1)).toBe("info: Shared store: reading works again");
    expect(await store.get(FLAGS)).not.toBeNull();
  });

  it("has ten seconds to be written: a writer waits for that, a request does not", async () => {
    for (const kind of ["on demand", "polling"]) {
      const world = createWorld();
      let written = 0;
      const set = (): Promise<void> =>
        new Promise((resolve) =>
          world.scheduler.after(9000, () => {
            written++;
            resolve();
          })
        );
      const store = clockedStore(world.scheduler, { get: () => Promise.resolve(null), set });
      const writer = kind === "polling" ? world.server("polling", store) : world.isolate(store);
      await world.pass(20_000);
      const before = written;
      let isDone = false;
      const refreshed = writer.refresh().then(() => isDone = true);
      await world.pass(100);
      await world.pass(8000);
      expect([kind, isDone, writer.sink.summary]).toEqual([kind, false, "a@0"]);
      await world.pass(2000);
      await refreshed;
      expect(written).toBe(before + 1);
      expect(writer.sink.storeErrors.at(-1)).toBeUndefined();
      writer.close();
    }
    const world = createWorld();
    const isolate = world.isolate(
      clockedStore(world.scheduler, { get: () => Promise.resolve(null), set: () => new Promise(() => {}) }),
    );
    const start = world.scheduler.elapsed;
    let at = Infinity;
    const request = isolate.request().then(() => at = world.scheduler.elapsed - start);
    await world.pass(1000);
    await request;
    expect(at).toBeLessThan(1000);
    await world.pass(10_000);
    expect(isolate.sink.storeErrors.at(-1)?.message).toMatch(
      /^Shared store: writing failed: no answer within 10000 ms/,
    );
  });

  it("does not delay the next poll when a write hangs", async () => {
    const world = createWorld();
    const server = world.server(
      "polling",
      clockedStore(world.scheduler, {
        get: () => Promise.resolve(null),
        set: () => new Promise(() => {}),
        tryLock: () => new Promise(() => {}),
      }),
    );
    await world.pass(5 * MAX_AGE);
    const times = world.service.requests.map(({ at }) => at);
    expect(times).toHaveLength(5);
    // A tenth of the interval, and a lock that is waited for.
    for (const [index, at] of times.slice(1).entries()) {
      expect(at - times[index]!).toBeLessThan(1.1 * MAX_AGE + 1_500);
    }
    server.close();
  });

  it("loses nothing but freshness when it can't be written or locked", async () => {
    const world = createWorld();
    const broken = (): Promise<never> => Promise.reject(new Error("read-only"));
    const isolate = world.isolate({ get: () => Promise.resolve(null), set: broken, tryLock: broken });
    expect(await outcome(world, isolate)).toBe("a@0");
  });
});

describe("a shared store that is slow (contract §6.1, §8)", () => {
  /** The same store, each call of which takes so long. */
  function slow(
    scheduler: ManualScheduler,
    ms: number,
    { get, set, tryLock }: Required<SharedStore>,
  ): SharedStore {
    const pause = (): Promise<void> => new Promise((resolve) => void scheduler.after(ms, resolve));
    return {
      get: (name) => pause().then(() => get(name)),
      set: (name, text) => pause().then(() => set(name, text)),
      tryLock: (name, ttl) => pause().then(() => tryLock(name, ttl)),
    };
  }

  /** How long a request with nothing to serve takes, and its outcome. */
  async function load(world: World, isolate: Isolate): Promise<[string, number]> {
    const start = world.scheduler.elapsed;
    let result: [string, number] | undefined;
    const end = (summary: unknown): void =>
      void (result = [String(summary), world.scheduler.elapsed - start]);
    isolate.request().then(end, end);
    while (result === undefined) await world.pass(250);
    return result;
  }

  it("leaves the service its part of a request's time", async () => {
    const world = createWorld();
    const isolate = world.isolate(slow(world.scheduler, 900, clockedStore(world.scheduler)));
    const [summary, took] = await load(world, isolate);
    expect(summary).toBe("a@0");
    expect(took).toBeLessThan(3000);
  });

  it.each([250, 600, 900])("leaves it that also where the holder of the lock has gone, %i ms", async (ms) => {
    const world = createWorld();
    const store = clockedStore(world.scheduler);
    await store.tryLock(LOCK, 60_000);
    const isolate = world.isolate(slow(world.scheduler, ms, store));
    const [summary, took] = await load(world, isolate);
    expect(summary).toBe("a@0");
    expect(took).toBeLessThan(3000);
  });
});

describe("a shared store on servers (contract §8)", () => {
  it("lets one of many pollers ask, and the others read", async () => {
    const world = createWorld();
    const store = clockedStore(world.scheduler);
    const servers = [world.server("polling", store)];
    await world.pass(1000);
    for (let count = 0; count < 9; count++) servers.push(world.server("polling", store));
    await world.pass(1000);
    expect(servers.map(({ sink }) => sink.summary)).toEqual(servers.map(() => "a@0"));
    expect(world.fetches()).toBe(1);
    world.service.edit("b", "whole");
    await world.pass(600_000);
    expect(world.fetches()).toBeLessThanOrEqual(21);
    for (const { sink, close } of servers) {
      expect(sink.flags.has("b")).toBe(true);
      close();
    }
  });

  it("notifies pollers of a change as soon as one of them has fetched it", async () => {
    const world = createWorld();
    const store = clockedStore(world.scheduler);
    const [one, other] = [world.server("polling", store), world.server("polling", store)];
    await world.pass(2000);
    world.service.edit("b", "whole");
    const refreshed = one.refresh();
    await world.pass(200);
    await refreshed;
    await world.pass(100);
    expect(other.sink.flags.has("b")).toBe(true);
    one.close();
    other.close();
  });

  it("serves a stream's first flags from the store", async () => {
    const world = createWorld();
    const store = clockedStore(world.scheduler);
    await store.set(FLAGS, await stored(world, { fetchedAt: world.scheduler.now() - 60_000 }));
    world.service.latency = () => 1000;
    world.service.edit("b", "whole");
    const server = world.server("streaming", store);
    await world.pass(500);
    expect(server.sink.summary).toBe("a@0");
    await world.pass(1000);
    expect(server.sink.sources).toEqual(["store", "stream"]);
    expect(server.sink.flags.has("b")).toBe(true);
    expect(world.fetches()).toBe(0);
    server.close();
  });

  it("serves a stream's first flags from a store that takes longer than the service to refuse", async () => {
    const world = createWorld();
    const text = await stored(world);
    let give = (): void => {};
    const late = new Promise<string>((resolve) => give = () => resolve(text));
    world.service.nextFault = () => "refuse";
    world.service.latency = () => 200;
    const server = world.server("streaming", { get: () => late });
    // The stream was refused, and a fetch is under way.
    await world.scheduler.advanceUntil(() => world.fetches() === 1, 400);
    give();
    await world.pass(50);
    expect(server.sink.summary).toBe("a@0");
    server.close();
  });

  it("lets a stream's sync have its way over a store that answers late", async () => {
    const world = createWorld();
    const text = await stored(world);
    let give = (): void => {};
    const late = new Promise<string>((resolve) => give = () => resolve(text));
    const server = world.server("streaming", { get: () => late });
    world.service.edit("b", "whole");
    await world.pass(500);
    give();
    await world.pass(500);
    expect(server.sink.sources).toEqual(["stream"]);
    server.close();
  });
});

function methodsOf(source: DataSource): Pick<DataSource, "refresh" | "close"> {
  return { refresh: () => source.refresh(), close: () => source.close() };
}
