import { afterEach, describe, expect, it } from "vitest";
import type { FeatureflipClient } from "../../../src/client/client.ts";
import { createClient } from "../../../src/client/create-client.ts";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import type { Scheduler } from "../../../src/runtime/scheduler.ts";
import { createLocalApi } from "../../../src/server/api/evaluation-api.ts";
import { ServiceSocket } from "../../support/service-socket.ts";
import { lastingPort } from "../../support/lasting-port.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { Traffic } from "../../support/traffic.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";

/** Many clients, each with an SDK key and so a connection of its own, on one service that can be restarted. */
interface Fleet {
  readonly service: ServiceSocket;
  readonly clients: readonly FeatureflipClient[];
  /** When a stream was asked for, by the fleet's clock. */
  readonly dials: number[];
}

/** How long the clock goes on at once where it keeps pace with real time, in ms. */
const STEP = 10;

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

describe("FeatureflipClient in a fleet whose service restarts (contract §4, reconnect)", () => {
  it(
    "comes back spread over the back-off window: 200 clients, two minutes, a clock that is handed in",
    async () => {
      const traffic = new Traffic();
      const clock = new ManualScheduler(1, { settle: traffic.rest, grain: 500 });
      const { service, clients, dials } = await launch(200, traffic, clock);
      await clock.advance(5_000);
      expect(clients.filter((client) => client.isInitialized)).toHaveLength(200);

      await service.refuse();
      await clock.advance(120_000);
      await service.listen();
      dials.length = 0;
      const back = clock.now();
      await clock.advance(118_000);
      expect(clients.filter((client) => client.status.state === "READY")).toHaveLength(200);
      // Polling runs, so attempts are 60 to 113 s apart, and every client needs one.
      expectSpread(dials.map((at) => at - back), {
        clients: 200,
        bar: 1_000,
        window: 30_000,
        latest: 113_000,
      });
    },
  );

  it("comes back spread over the back-off window: 40 clients, one second, at the pace of real time", async () => {
    const clock = new ManualScheduler();
    const { service, clients, dials } = await launch(40, new Traffic(), clock);
    await keepPace(clock, 10_000, () => clients.every((client) => client.isInitialized));

    await service.refuse();
    await keepPace(clock, 1_100);
    await service.listen();
    dials.length = 0;
    const back = clock.now();
    await keepPace(clock, 10_000, () => service.streams.length === 40);
    // The second attempt, drawn from 1 … 2 s after the first, and that from 0.5 … 1 s.
    expectSpread(dials.map((at) => at - back), { clients: 40, bar: 250, window: 1_500 });
  });
});

/** Lets time pass as it does, up to `ms`, but in steps: a machine that halts for a moment makes nobody late. */
async function keepPace(
  clock: ManualScheduler,
  ms: number,
  isSo: () => boolean = () => false,
): Promise<void> {
  for (let passed = 0; passed < ms && !isSo(); passed += STEP) {
    await new Promise((resolve) => setTimeout(resolve, STEP));
    await clock.advance(STEP);
  }
}

/** Starts a fleet. Each client draws its own random numbers, so that a run can be had again. */
async function launch(size: number, traffic: Traffic, clock: Scheduler): Promise<Fleet> {
  const sdkKeys = Array.from({ length: size }, (_, n) => `sdk-fleet-${n}`);
  const environment = wireSnapshot([wireFlag("dark-mode")]);
  const api = createLocalApi({ environment, sdkKeys, scheduler: clock }).api;
  const service = await ServiceSocket.start({
    backend: (url, init) => api.fetch(new Request(url, init)),
    traffic,
    port: await lastingPort(),
  });
  const dials: number[] = [];
  service.answer = (exchange) => {
    if (exchange.isStream) dials.push(clock.now());
    return exchange.pass();
  };
  const clients = sdkKeys.map((sdkKey, n) => {
    const chance = new ManualScheduler(n);
    const scheduler: Scheduler = {
      now() {
        traffic.stir();
        return clock.now();
      },
      random: () => chance.random(),
      after: (delay, callback, options) => clock.after(delay, callback, options),
      detach: clock.detach,
    };
    const options = {
      sdkKey,
      baseUrl: service.baseUrl,
      sendEvents: false,
      logger: createRecordingLogger(),
      fetch: traffic.fetch,
      pollAfterFailures: 1_000, // polls are no part of this
    };
    return createClient(options, { ...detectRuntime(), scheduler });
  });
  cleanUps.push(async () => {
    for (const client of clients) await client.close();
    api.close();
    await service.refuse();
  });
  return { service, clients, dials };
}

/** One connection a client, and no bar of the histogram, which is printed, holds more than three times the mean. */
function expectSpread(
  dials: readonly number[],
  { clients, bar, window, latest = window }: {
    readonly clients: number;
    readonly bar: number;
    /** The time over which an even spread is compared with the highest bar. */
    readonly window: number;
    readonly latest?: number;
  },
): void {
  expect(dials).toHaveLength(clients);
  const last = Math.max(...dials);
  // What an attempt itself takes comes on top.
  expect(last).toBeLessThanOrEqual(latest + 1_000);
  const bars = Array.from({ length: Math.floor(last / bar) + 1 }, (_, n) => {
    return dials.filter((at) => Math.floor(at / bar) === n).length;
  });
  const mean = clients * bar / window;
  const lines = bars.map((count, n) =>
    `${String((n * bar) / 1000).padStart(6)} s  ${"#".repeat(count)} ${count}`
  );
  const title = `${clients} clients connect again, the service being back at 0 s`;
  console.log([title, ...lines, `mean ${mean.toFixed(1)}, most ${Math.max(...bars)}`].join("\n"));
  expect(Math.max(...bars)).toBeLessThanOrEqual(3 * mean);
}
