import { redisStore } from "@featureflip/sdk/redis";
import { Redis } from "ioredis";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Flag } from "../../../src/contract/flag.ts";
import type { Snapshot } from "../../../src/contract/snapshot.ts";
import type { DataSource } from "../../../src/data-source/data-source.ts";
import { createOnDemandSource } from "../../../src/data-source/on-demand.ts";
import { createPollSource } from "../../../src/data-source/polling.ts";
import { createStreamSource } from "../../../src/data-source/streaming.ts";
import type { SharedStore } from "../../../src/shared-store/shared-store.ts";
import { createStoreLoader } from "../../../src/shared-store/store-loader.ts";
import type { SnapshotSource } from "../../../src/store/flag-state.ts";
import { expectEqual, expectTrue } from "../../runtime/expect.ts";
import { lastingPort } from "../../support/lasting-port.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { MemorySink } from "../../support/memory-sink.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { Service } from "../../support/service.ts";
import { settleWithCrypto, watchCrypto } from "../../support/settle-crypto.ts";
import { createTestHttpClient, SDK_KEY } from "../../support/source-context.ts";
import type { StoreCase } from "../../support/suites/shared-store.ts";

/** Starts a Redis on a port, with more arguments. */
type StartRedis = (port: number, args?: readonly string[]) => Promise<ChildProcess>;

type Mode = "polling" | "streaming" | "lazy";

/** The poll interval and `maxAge`, in ms. */
const INTERVAL = 30_000;
/** A poll interval varies by a tenth, and a store may be slow. */
const ONE_INTERVAL = 1.1 * INTERVAL + 3_000;
/** How long the clock waits for answers of a Redis that is away, in ms of real time: it gives none. */
const PATIENCE = 50;
/** The same while it is connected: it answers, however busy the machine is, and a late answer would count as a failure. */
const PATIENCE_CONNECTED = 30_000;

/** Remembers the newest value that the service said, and whether an older one was served since. */
class ComparingSink extends MemorySink {
  #newest = 0;
  isOlderThanKnown = false;

  /** What the flag serves; 0 without flags. */
  get value(): number {
    return Number(this.flags.get("a")?.variations[0]?.value ?? 0);
  }

  override replace(snapshot: Snapshot, source: SnapshotSource, at?: number): void {
    super.replace(snapshot, source, at);
    this.#compare(source !== "store");
  }

  override put(flag: Flag): void {
    super.put(flag);
    this.#compare(true);
  }

  #compare(isByService: boolean): void {
    if (this.value < this.#newest) this.isOlderThanKnown = true;
    if (isByService) this.#newest = Math.max(this.#newest, this.value);
  }
}

interface Process {
  readonly mode: Mode;
  readonly sink: ComparingSink;
  readonly source: DataSource;
  reads: number;
  close(): void;
}

/** Processes that share a real Redis, on a clock that stands still while Redis and `crypto.subtle` work. */
class Fleet {
  readonly scheduler: ManualScheduler;
  readonly service: Service;
  readonly processes: Process[] = [];
  readonly #prefix: string;
  /** The Redis in use; a failover replaces it. */
  redis: Redis;
  /** How long each command takes, in ms. */
  delay = 0;
  /** The tokens of the locks that have not ended. */
  readonly #locks = new Set<string>();
  #pending = 0;

  constructor(redis: Redis, prefix: string) {
    watchCrypto();
    this.redis = redis;
    this.#prefix = prefix;
    this.scheduler = new ManualScheduler(1, { settle: () => this.#settle(), grain: 20 });
    this.service = new Service({ scheduler: this.scheduler });
    this.service.edit("a", "whole");
  }

  start(...modes: Mode[]): Process[] {
    const started = modes.map((mode) => this.#start(mode));
    this.processes.push(...started);
    return started;
  }

  /** Lets time pass, a second at a time; on demand each process has a request then. */
  async advance(ms: number): Promise<void> {
    const end = this.scheduler.elapsed + ms;
    while (this.scheduler.elapsed < end) {
      for (const { mode, source } of this.processes) {
        if (mode === "lazy") void source.ensureFresh!({ waitUntil: () => {} }).catch(() => {});
      }
      await this.scheduler.advance(Math.min(1_000, end - this.scheduler.elapsed));
    }
  }

  /** Lets time pass until all processes serve the newest value; returns how long that took, in ms. */
  async untilCurrent(within: number): Promise<number> {
    const newest = Number(this.service.snapshot.flags[0]!.variations[0]!.value);
    const start = this.scheduler.elapsed;
    while (this.processes.some(({ sink }) => sink.value !== newest)) {
      const passed = this.scheduler.elapsed - start;
      expectTrue(passed < within, `after ${passed} ms: ${this.processes.map(({ sink }) => sink.value)}`);
      await this.advance(1_000);
    }
    expectTrue(this.processes.every(({ sink }) => !sink.isOlderThanKnown), "an older value was served");
    return this.scheduler.elapsed - start;
  }

  get gets(): number {
    return this.service.calls.filter((call) => call === "GET /v1/sdk/flags").length;
  }

  /** The value that is stored; 0 without one. */
  async stored(): Promise<number> {
    const [name] = await this.redis.keys(`${this.#prefix}*:flags`);
    const text = name === undefined ? null : await this.redis.get(name);
    if (text === null) return 0;
    const { flags } = JSON.parse(text.slice(text.indexOf("\n"))) as Snapshot;
    return Number(flags[0]!.variations[0]!.value);
  }

  close(): void {
    for (const process of this.processes.splice(0)) process.close();
  }

  #start(mode: Mode): Process {
    const { scheduler, service } = this;
    const sink = new ComparingSink();
    sink.now = () => scheduler.now();
    const logger = createRecordingLogger();
    const runtime = { hasBackground: mode !== "lazy" };
    const http = createTestHttpClient({ fetch: service.fetch, scheduler, logger });
    const context = { http, sink, scheduler, logger, runtime };
    const store: SharedStore = redisStore((command) => this.#send(command), { prefix: this.#prefix });
    const counted: SharedStore = {
      ...store,
      get: (name) => {
        process.reads++;
        return store.get(name);
      },
    };
    const shared = createStoreLoader(counted, {
      ...context,
      ...{ sdkKey: SDK_KEY, baseUrl: "https://flags.example", interval: INTERVAL, maxAge: INTERVAL },
    });
    const options = { pollInterval: INTERVAL, pollAfterFailures: 5, maxAge: INTERVAL, maxStale: 300_000 };
    const create = { polling: createPollSource, streaming: createStreamSource, lazy: createOnDemandSource };
    const source = create[mode]({ ...context, shared }, options);
    const process: Process = {
      ...{ mode, sink, source, reads: 0 },
      close() {
        source.close();
        void shared.close(0);
      },
    };
    source.start();
    return process;
  }

  async #send(command: readonly string[]): Promise<unknown> {
    const { redis, delay, scheduler } = this;
    if (delay > 0) await new Promise<void>((resolve) => scheduler.after(delay, resolve));
    const [name = "", ...args] = command;
    this.#pending++;
    try {
      const [key = "", token = "", , , ttl] = args;
      if (ttl !== undefined) await this.#beginLock(redis, key, token, Number(ttl));
      return await redis.call(name, ...args);
    } finally {
      this.#pending--;
    }
  }

  /**
   * Locks end by the clock that is handed in, which is faster than the one of Redis. What ended while a replica could not hear
   * of it, it still has when it is promoted.
   */
  async #beginLock(redis: Redis, key: string, token: string, ttl: number): Promise<void> {
    this.#locks.add(token);
    this.scheduler.after(ttl, () => void this.#locks.delete(token));
    const holder = await redis.get(key).catch(() => null);
    if (holder !== null && !this.#locks.has(holder)) await redis.del(key).catch(() => {});
  }

  async #settle(): Promise<void> {
    await settleWithCrypto();
    const start = Date.now();
    const patience = (): number => this.redis.status === "ready" ? PATIENCE_CONNECTED : PATIENCE;
    while (this.#pending > 0 && Date.now() - start < patience()) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await settleWithCrypto();
    }
  }
}

/** Fleets on a real Redis: what goes wrong with the store costs freshness only, and the store follows the stream. */
export function redisFleetCases(startRedis: StartRedis): StoreCase[] {
  return [{
    name: "one polling process has each flip within one interval, whatever Redis does (contract §8)",
    run: () => withFaults(startRedis, ["polling"], ONE_INTERVAL),
  }, {
    name:
      "no process of a fleet serves anything older than the service told it, whatever Redis does (contract §8)",
    run: () => withFaults(startRedis, ["polling", "polling", "streaming", "lazy", "lazy"], ONE_INTERVAL),
  }, {
    name:
      "eight streaming processes, 50 edits in bursts: Redis ends current, at one request a burst (contract §8)",
    run: () =>
      withRedis(startRedis, async (redis) => {
        const fleet = new Fleet(redis, "bursts:");
        const processes = fleet.start(...Array<Mode>(8).fill("streaming"));
        await fleet.advance(80_000);
        for (let burst = 0; burst < 5; burst++) {
          const gets = fleet.gets;
          const reads = processes.map((process) => process.reads);
          for (let edit = 0; edit < 10; edit++) {
            fleet.service.edit("a", "whole");
            await fleet.scheduler.advance(200);
          }
          await fleet.advance(90_000);
          expectEqual(await fleet.stored(), processes[0]!.sink.value, "stored");
          expectTrue(fleet.gets - gets <= 1, `${fleet.gets - gets} requests`);
          const most = Math.max(...processes.map((process, index) => process.reads - reads[index]!));
          expectTrue(most <= 2, `${most} reads by one process`);
        }
        fleet.close();
      }),
  }, {
    name: "a kill switch by stream stays off when the service goes away and all are restarted (contract §8)",
    run: () =>
      withRedis(startRedis, async (redis) => {
        const fleet = new Fleet(redis, "kill switch:");
        const [first] = fleet.start("streaming", "streaming", "streaming");
        await fleet.advance(80_000);
        fleet.service.edit("a", "whole");
        await fleet.scheduler.advance(100);
        const off = first!.sink.value;
        fleet.service.nextFault = () => "refuse";
        fleet.service.disrupt("end");
        await fleet.advance(15_000);
        fleet.close();
        const restarted = fleet.start("streaming", "polling", "lazy");
        await fleet.advance(5_000);
        for (const { mode, sink } of restarted) {
          expectEqual([mode, sink.value, [...new Set(sink.sources)]], [mode, off, ["store"]], "served");
        }
        fleet.close();
      }),
  }];
}

async function withRedis(start: StartRedis, run: (redis: Redis) => Promise<void>): Promise<void> {
  const port = await lastingPort();
  const server = await start(port);
  const redis = connect(port);
  try {
    await run(redis);
  } finally {
    redis.disconnect();
    server.kill("SIGKILL");
  }
}

/** Flips a flag at each change of Redis's state, and waits until all processes have it. */
async function withFaults(start: StartRedis, modes: readonly Mode[], within: number): Promise<void> {
  const ports = [await lastingPort(), await lastingPort()] as const;
  let primary = await start(ports[0], ["--repl-diskless-sync-delay", "0"]);
  const replica = await start(ports[1], ["--replicaof", "127.0.0.1", String(ports[0])]);
  const clients = ports.map(connect);
  // Otherwise a slow machine alone has a replica that knows the locks of its primary.
  await clients[0]!.call("SET", "synchronized", "yes");
  while (await clients[1]!.get("synchronized") === null) await sleep(10);
  const fleet = new Fleet(clients[0]!, "faults:");
  const faults: Readonly<Record<string, () => unknown>> = {
    "none": () => {},
    "killed": async () => {
      primary.kill("SIGKILL");
      await once(primary, "close");
    },
    "restarted, empty": async () => void (primary = await start(ports[0])),
    "failed over to a read-only replica": () => void (fleet.redis = clients[1]!),
    "promoted": async () => await clients[1]!.call("REPLICAOF", "NO", "ONE"),
    "emptied": async () => await clients[1]!.call("FLUSHALL"),
    "slow": () => void (fleet.delay = 300),
    "fast again": () => void (fleet.delay = 0),
  };
  try {
    fleet.start(...modes);
    await fleet.untilCurrent(within);
    for (const [fault, cause] of Object.entries(faults)) {
      try {
        await cause();
        fleet.service.edit("a", "whole");
        await fleet.untilCurrent(within);
        // Once more in the same state, for what was under way when it began.
        fleet.service.edit("a", "whole");
        await fleet.untilCurrent(within);
      } catch (error) {
        throw new Error(`${fault}: ${String(error)}`, { cause: error });
      }
    }
    await fleet.advance(2 * INTERVAL);
    expectTrue(await fleet.stored() > 0, "Redis is not filled again");
  } finally {
    fleet.close();
    for (const client of clients) client.disconnect();
    for (const server of [primary, replica]) server.kill("SIGKILL");
  }
}

function connect(port: number): Redis {
  const redis = new Redis({ host: "127.0.0.1", port });
  redis.on("error", () => {}); // while it is down
  return redis;
}
