import { afterEach, describe, expect, it } from "vitest";
import { memoryStore } from "../../../src/adapters/stores/mod.ts";
import type { DataSource } from "../../../src/data-source/data-source.ts";
import { createPollSource } from "../../../src/data-source/polling.ts";
import { createStreamSource } from "../../../src/data-source/streaming.ts";
import { Envelopes } from "../../../src/shared-store/envelope.ts";
import type { SharedStore } from "../../../src/shared-store/shared-store.ts";
import { createStoreLoader } from "../../../src/shared-store/store-loader.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { MemorySink } from "../../support/memory-sink.ts";
import { Service } from "../../support/service.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { settleWithCrypto, watchCrypto } from "../../support/settle-crypto.ts";
import { createTestHttpClient, SDK_KEY } from "../../support/source-context.ts";

const BASE_URL = "https://flags.example";

watchCrypto();
const envelopes = await Envelopes.create(SDK_KEY, BASE_URL);
const FLAGS = `{${envelopes.fingerprint}}:flags`;

interface Process {
  readonly sink: MemorySink;
  readonly source: DataSource;
  readonly reads: () => number;
}

const open: DataSource[] = [];
afterEach(() => {
  for (const source of open.splice(0)) source.close();
});

/** Streaming processes that share a store, on one clock. */
function createFleet(abilities: "locks" | "reads and writes" = "locks", interval = 30_000) {
  const scheduler = new ManualScheduler(1, { settle: settleWithCrypto });
  const service = new Service({ scheduler });
  service.latency = () => 10;
  service.edit("a", "whole");
  const shared = memoryStore();
  const writes: string[] = [];
  let lockedUntil = 0;
  /** What `GET /flags` answers instead of the current snapshot, such as that of a replica that lags. */
  const stale: { body?: string } = {};
  const fetch = async (input: unknown, init?: RequestInit): Promise<Response> => {
    const response = await service.fetch(String(input), init);
    if (stale.body === undefined || !String(input).endsWith("/flags")) return response;
    return new Response(stale.body, { headers: { "content-type": "application/json" } });
  };

  function start(
    count = 1,
    rest: Partial<SharedStore> = {},
    createSource: typeof createPollSource | typeof createStreamSource = createStreamSource,
  ): Process[] {
    return Array.from({ length: count }, () => {
      let reads = 0;
      const store: SharedStore = {
        get(name) {
          reads++;
          return shared.get(name);
        },
        set(name, text) {
          writes.push(text);
          return shared.set(name, text);
        },
        ...(abilities === "locks" && {
          tryLock(_name: string, ttl: number) {
            if (lockedUntil > scheduler.now()) return Promise.resolve(null);
            const end = lockedUntil = scheduler.now() + ttl;
            return Promise.resolve(() => {
              if (lockedUntil === end) lockedUntil = 0;
              return Promise.resolve();
            });
          },
        }),
        ...rest,
      };
      const sink = new MemorySink();
      sink.now = () => scheduler.now();
      const logger = createRecordingLogger();
      const runtime = { hasBackground: true };
      const http = createTestHttpClient({ fetch: fetch as typeof globalThis.fetch, scheduler, logger });
      const context = { http, sink, scheduler, logger, runtime };
      const loader = createStoreLoader(store, {
        ...context,
        ...{ sdkKey: SDK_KEY, baseUrl: BASE_URL, interval, maxAge: 30_000 },
      });
      const source = createSource({ ...context, shared: loader }, {
        pollInterval: interval,
        pollAfterFailures: 5,
      });
      open.push({ ...source, close: () => void (source.close(), loader.close(0)) } as DataSource);
      source.start();
      return { sink, source, reads: () => reads };
    });
  }

  return {
    ...{ scheduler, service, shared, writes, start, stale },
    /** The flags in the store, with their versions. */
    async stored(): Promise<string> {
      const text = await shared.get(FLAGS);
      if (text === null) return "nothing";
      const envelope = envelopes.open(text, scheduler.now());
      expect(await envelopes.verify(envelope)).toBe(true);
      const { flags } = JSON.parse(envelope.body) as { flags: { key: string; version: number }[] };
      return flags.map(({ key, version }) => `${key}@${version}`).sort().join(" ");
    },
    gets: () => service.requests.filter(({ path }) => path === "/v1/sdk/flags").length,
  };
}

describe("a store that follows the stream (contract §8)", () => {
  it("is filled 5 to 10 s after it was found empty, by one request and one write of a fleet", async () => {
    const fleet = createFleet();
    const processes = fleet.start(8);
    await fleet.scheduler.advance(4900);
    expect(fleet.writes).toEqual([]);
    await fleet.scheduler.advance(6000);
    expect(await fleet.stored()).toBe(processes[0]!.sink.summary);
    expect([fleet.gets(), fleet.writes.length]).toEqual([1, 1]);
    await fleet.scheduler.advance(300_000);
    expect([fleet.gets(), fleet.writes.length]).toEqual([1, 1]);
  });

  it("is written over a snapshot that is dated in the future, which no reader would use", async () => {
    const fleet = createFleet();
    const [process] = fleet.start();
    await fleet.scheduler.advance(80_000);
    fleet.service.edit("a", "whole");
    const writes = fleet.writes.length;
    const body = JSON.stringify(fleet.service.snapshot);
    const fetchedAt = fleet.scheduler.now() + 600_000;
    await fleet.shared.set(FLAGS, await envelopes.seal({ fetchedAt, etag: undefined, body }));
    await fleet.scheduler.advance(20_000);
    expect(fleet.writes).toHaveLength(writes + 1);
    expect(await fleet.stored()).toBe(process!.sink.summary);
  });

  it("is checked once for each stored text with a wrong signature", async () => {
    const fleet = createFleet();
    const other = await Envelopes.create("sdk-another", BASE_URL);
    const body = JSON.stringify(fleet.service.snapshot);
    const foreign = await other.seal({ fetchedAt: fleet.scheduler.now(), etag: undefined, body });
    await fleet.shared.set(FLAGS, foreign.replace(other.fingerprint, envelopes.fingerprint));
    let checks = 0;
    const verify = crypto.subtle.verify;
    crypto.subtle.verify = (
      ...args: Parameters<typeof verify>
    ) => (checks++, verify.apply(crypto.subtle, args));
    try {
      const [process] = fleet.start(1, { set: () => Promise.reject(new Error("full")) });
      await fleet.scheduler.advance(200_000);
      expect(process!.reads()).toBeGreaterThan(2);
    } finally {
      crypto.subtle.verify = verify;
    }
    expect(checks).toBe(1);
  });

  it("is not written at connections", async () => {
    const fleet = createFleet();
    fleet.start(4);
    await fleet.scheduler.advance(80_000);
    const before = fleet.writes.length;
    for (let round = 0; round < 5; round++) {
      fleet.service.disrupt("end");
      await fleet.scheduler.advance(20_000);
    }
    expect(fleet.writes).toHaveLength(before);
  });

  it("costs a burst of edits one request and one write of the fleet, and each process two reads", async () => {
    const fleet = createFleet();
    const processes = fleet.start(8);
    await fleet.scheduler.advance(80_000);
    for (let burst = 0; burst < 5; burst++) {
      const [gets, writes] = [fleet.gets(), fleet.writes.length];
      const reads = processes.map((process) => process.reads());
      for (let edit = 0; edit < 10; edit++) {
        fleet.service.edit(`flag-${edit % 3}`, "whole");
        await fleet.scheduler.advance(200);
      }
      await fleet.scheduler.advance(90_000);
      expect(await fleet.stored()).toBe(processes[0]!.sink.summary);
      expect(fleet.gets() - gets).toBeLessThanOrEqual(1);
      expect(fleet.writes.length - writes).toBe(1);
      for (const [index, process] of processes.entries()) {
        expect(process.reads() - reads[index]!).toBeLessThanOrEqual(2);
      }
    }
  });

  it("is brought up to date under a steady trickle of edits", async () => {
    const fleet = createFleet();
    const [process] = fleet.start(1);
    await fleet.scheduler.advance(40_000);
    for (let second = 0; second < 180; second += 2) {
      fleet.service.edit("a", "whole");
      await fleet.scheduler.advance(2000);
    }
    expect(fleet.writes.length).toBeGreaterThan(2);
    expect(fleet.writes.length).toBeLessThan(20);
    await fleet.scheduler.advance(75_000);
    expect(await fleet.stored()).toBe(process!.sink.summary);
  });

  it("has an edit that follows a burst as soon as the lock of that burst has ended", async () => {
    const fleet = createFleet();
    const processes = fleet.start(8);
    await fleet.scheduler.advance(80_000);
    fleet.service.edit("a", "whole");
    await fleet.scheduler.advance(11_000);
    const gets = fleet.gets();
    fleet.service.edit("a", "whole");
    await fleet.scheduler.advance(21_000);
    expect(await fleet.stored()).toBe(processes[0]!.sink.summary);
    expect(fleet.gets() - gets).toBe(1);
  });

  it("keeps no poller waiting for its lock: an edit arrives within one interval of 5 s", async () => {
    const fleet = createFleet("locks", 5_000);
    fleet.start(4);
    const [poller] = fleet.start(1, {}, createPollSource);
    await fleet.scheduler.advance(80_000);
    for (let edit = 0; edit < 40; edit++) {
      await fleet.scheduler.advance(1_000 + 7_000 * fleet.scheduler.random());
      fleet.service.edit("a", "whole");
      await fleet.scheduler.advance(7_000);
      expect(poller!.sink.flagVersion("a")).toBe(fleet.service.snapshot.flags[0]!.version);
    }
  });

  it("holds what is served when the service went away right after an edit, without an ETag", async () => {
    const fleet = createFleet();
    const processes = fleet.start(8);
    await fleet.scheduler.advance(80_000);
    fleet.service.edit("a", "whole");
    await fleet.scheduler.advance(100);
    const edited = processes[0]!.sink.summary;
    fleet.service.nextFault = () => "refuse";
    fleet.service.disrupt("end");
    await fleet.scheduler.advance(15_000);
    expect(await fleet.stored()).toBe(edited);
    expect(envelopes.open(await fleet.shared.get(FLAGS), fleet.scheduler.now()).etag).toBeUndefined();
    // All processes are restarted: what they serve from the store is the edit.
    for (const source of open.splice(0)) source.close();
    const [restarted] = fleet.start(1);
    await fleet.scheduler.advance(1000);
    expect([restarted!.sink.sources, restarted!.sink.summary]).toEqual([["store"], edited]);
  });

  it("does not take an answer that is older than the stream's word", async () => {
    const fleet = createFleet();
    const [process] = fleet.start(1);
    await fleet.scheduler.advance(40_000);
    fleet.stale.body = JSON.stringify(fleet.service.snapshot);
    fleet.service.edit("a", "whole");
    await fleet.scheduler.advance(15_000);
    expect(await fleet.stored()).toBe(process!.sink.summary);
  });

  it("learns of deleted flags, and of changes that a reconnection brings", async () => {
    const fleet = createFleet();
    const [process] = fleet.start(1);
    fleet.service.edit("b", "whole");
    await fleet.scheduler.advance(80_000);
    expect(await fleet.stored()).toContain("b@");
    fleet.service.delete("b");
    await fleet.scheduler.advance(90_000);
    expect(await fleet.stored()).toBe(process!.sink.summary);
    expect(await fleet.stored()).not.toContain("b@");
    fleet.service.disrupt("end");
    fleet.service.edit("c", "whole");
    await fleet.scheduler.advance(90_000);
    expect(await fleet.stored()).toContain("c@");
  });

  it("is not written when somebody else has written the change", async () => {
    const fleet = createFleet("reads and writes");
    fleet.start(6);
    await fleet.scheduler.advance(80_000);
    const [gets, writes] = [fleet.gets(), fleet.writes.length];
    fleet.service.edit("a", "whole");
    await fleet.scheduler.advance(90_000);
    expect([fleet.gets() - gets, fleet.writes.length - writes]).toEqual([1, 1]);
  });

  it("is filled again after it was emptied, at the next edit", async () => {
    const fleet = createFleet();
    const [process] = fleet.start(1);
    await fleet.scheduler.advance(80_000);
    await fleet.shared.set(FLAGS, "emptied");
    fleet.service.edit("a", "whole");
    await fleet.scheduler.advance(80_000);
    expect(await fleet.stored()).toBe(process!.sink.summary);
  });

  it("is left to others when it can't be written", async () => {
    const fleet = createFleet();
    fleet.start(1, { set: undefined as never, tryLock: undefined as never });
    fleet.service.edit("a", "whole");
    await fleet.scheduler.advance(100_000);
    expect([fleet.gets(), fleet.writes.length]).toEqual([0, 0]);
  });

  it("is tried again each minute while it fails, and asks the service no more often", async () => {
    const fleet = createFleet();
    let fails = 0;
    fleet.start(1, { set: () => Promise.reject(new Error(`full ${fails++}`)) });
    await fleet.scheduler.advance(600_000);
    expect(fails).toBeGreaterThan(5);
    expect(fails).toBeLessThan(11);
    expect(fleet.gets()).toBeLessThan(11);
  });

  it("is not written once the client is closed", async () => {
    const fleet = createFleet();
    const [process] = fleet.start(1);
    await fleet.scheduler.advance(1000);
    const reads = process!.reads();
    for (const source of open.splice(0)) source.close();
    await fleet.scheduler.advance(300_000);
    expect([process!.reads() - reads, fleet.writes.length, fleet.gets()]).toEqual([0, 0, 0]);
  });
});
