import type { FeatureflipClient } from "../../../src/client/client.ts";
import { createClient } from "../../../src/client/create-client.ts";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import type { Fetch } from "../../../src/runtime/fetch.ts";
import type { Scheduler } from "../../../src/runtime/scheduler.ts";
import { FakeBody, fakeResponse } from "../../support/fake-response.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import type { RecordingLogger } from "../../support/recording-logger.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";

/** What one SDK key may ask in any minute (contract §1). */
const BUDGET = 1_000;
const MINUTE_MS = 60_000;

/** How the stream fails while `GET /flags` works: no connection, 503, or headers without a body. */
export type StreamFailure = "refuse" | "503" | "hold";

/** A fleet and its outage. */
export interface FleetOptions {
  readonly size: number;
  readonly failure: StreamFailure;
  /** How many minutes the stream fails. */
  readonly minutes: number;
}

/** What an outage was like for a fleet. */
export interface FleetReport extends FleetOptions {
  /** How long each client served each flip's old value, in ms, sorted; one flip a minute, the first right after the failure. */
  readonly delays: readonly number[];
  /** The same of the flips after the first five minutes. */
  readonly laterDelays: readonly number[];
  /** How many requests were refused in each minute. */
  readonly refused: readonly number[];
  /** The most requests that came in within a minute. */
  readonly mostInMinute: number;
  /** How many clients told the operator what helps against a 429. */
  readonly advised: number;
  /** How many clients streamed again within two minutes of the stream's return. */
  readonly returned: number;
}

/** Runs a fleet on one key's budget, by a clock that is handed in: the stream is down, polls are up (contract §4, fallback). */
export async function simulateOutage(options: FleetOptions): Promise<FleetReport> {
  const { size, minutes } = options;
  const clock = new ManualScheduler(1, { grain: 250 });
  const service = new BudgetService(clock);
  const logs = Array.from({ length: size }, () => createRecordingLogger());
  const clients = logs.map((logger, n) => createMember(n, clock, service.fetch, logger));
  // One process after the other, as a deployment starts them: the fleet is in sync before the outage.
  for (let started = 0; started < size; started += 10) {
    for (const client of clients.slice(started, started + 10)) {
      client.waitForInitialization().catch(() => {});
    }
    await clock.advance(1_000);
  }
  await clock.advance(MINUTE_MS);
  service.forget();
  service.failStreams(options.failure);
  const flips: FlipRecord[] = [];
  for (const client of clients) client.on("update", () => record(flips, client, clock.now()));
  for (let minute = 0; minute < minutes; minute++) {
    flips.push(service.flip());
    await clock.advance(MINUTE_MS);
  }
  service.restoreStreams();
  await clock.advance(2 * MINUTE_MS);
  const returned = clients.filter(({ status }) => status.mode === "streaming" && status.state === "READY");
  await Promise.all(clients.map((client) => client.close({ timeout: 0 })));
  const delays = flips.flatMap(({ delays }) => [...delays.values()]).sort((a, b) => a - b);
  const laterDelays = flips.slice(5).flatMap(({ delays }) => [...delays.values()]).sort((a, b) => a - b);
  return {
    ...options,
    delays,
    laterDelays,
    refused: service.refusedByMinute(minutes),
    mostInMinute: service.mostInMinute,
    advised: logs.filter(({ lines }) => lines.some((line) => /through a relay or a store/.test(line))).length,
    returned: returned.length,
  };
}

/** A line for the log of a test. */
export function describeReport(report: FleetReport): string {
  const { size, failure, delays, laterDelays, refused, mostInMinute, advised, returned } = report;
  return [
    `${size} processes, stream fails (${failure}), polls work: a flip takes ${spread(delays)}`,
    `  after five minutes ${spread(laterDelays)}; most requests in a minute ${mostInMinute}`,
    `  429s in each minute: ${refused.join(" ")}; processes that advised a relay or a store: ${advised}`,
    `  streaming again within two minutes: ${returned}`,
  ].join("\n");
}

/** The value below which a share of the sorted delays lies, in ms. */
export function quantile(delays: readonly number[], share: number): number {
  return delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? NaN;
}

function spread(delays: readonly number[]): string {
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => (quantile(delays, share) / 1_000).toFixed(0));
  return `p50 ${p50} s, p99 ${p99} s, at most ${most} s`;
}

/** When a flag changed, and how long each client went without it. */
interface FlipRecord {
  readonly version: number;
  readonly at: number;
  readonly delays: Map<FeatureflipClient, number>;
}

function record(flips: readonly FlipRecord[], client: FeatureflipClient, now: number): void {
  const { version = 0 } = client.status;
  for (const flip of flips) {
    if (version >= flip.version && !flip.delays.has(client)) flip.delays.set(client, now - flip.at);
  }
}

/** Creates a client with chances of its own. Its key is its own too: clients of one key and process share a connection. */
function createMember(
  n: number,
  clock: ManualScheduler,
  fetch: Fetch,
  logger: RecordingLogger,
): FeatureflipClient {
  const chance = new ManualScheduler(n);
  const scheduler: Scheduler = {
    now: () => clock.now(),
    random: () => chance.random(),
    after: (delay, callback, options) => clock.after(delay, callback, options),
    detach: (work) => work(),
  };
  return createClient(
    { sdkKey: `sdk-member-${n}`, baseUrl: "https://flags.example", sendEvents: false, logger, fetch },
    { ...detectRuntime(), scheduler },
  );
}

/** The service, as the holders of one key see it: more than 1,000 requests in a minute are answered with 429. */
class BudgetService {
  readonly #clock: ManualScheduler;
  readonly #streams = new Set<FakeBody>();
  #version = 1;
  #failure: StreamFailure | undefined;
  #startedAt = 0;
  /** When the requests of the last minute came in. */
  #recent: number[] = [];
  /** When requests were refused. */
  #refusedAt: number[] = [];
  mostInMinute = 0;

  constructor(clock: ManualScheduler) {
    this.#clock = clock;
    this.#ping();
  }

  readonly fetch: Fetch = (url, { signal }) => {
    const isStream = url.endsWith("/stream");
    if (isStream && this.#failure === "refuse") return Promise.reject(new TypeError("refused"));
    const now = this.#clock.now();
    this.#recent = this.#recent.filter((at) => at > now - MINUTE_MS);
    if (this.#recent.length >= BUDGET) {
      this.#refusedAt.push(now);
      return Promise.resolve(fakeResponse(429, {}, ""));
    }
    this.#recent.push(now);
    this.mostInMinute = Math.max(this.mostInMinute, this.#recent.length);
    if (!isStream) {
      return Promise.resolve(fakeResponse(200, { "content-type": "application/json" }, this.#snapshot()));
    }
    if (this.#failure === "503") return Promise.resolve(fakeResponse(503, {}, ""));
    const body = new FakeBody();
    this.#streams.add(body);
    signal?.addEventListener("abort", () => this.#streams.delete(body));
    if (this.#failure === undefined) body.write(this.#sync());
    return Promise.resolve(fakeResponse(200, { "content-type": "text/event-stream" }, body));
  };

  /** Forgets the requests of the fleet's start. */
  forget(): void {
    this.#startedAt = this.#clock.now();
    this.#refusedAt = [];
    this.#recent = [];
    this.mostInMinute = 0;
  }

  /** From now on streams fail, those that are open included. */
  failStreams(failure: StreamFailure): void {
    this.#failure = failure;
    for (const body of this.#streams) body.break();
    this.#streams.clear();
  }

  /** The stream works again. */
  restoreStreams(): void {
    this.#failure = undefined;
    for (const body of this.#streams) body.break();
  }

  /** Changes the flag. */
  flip(): FlipRecord {
    return { version: ++this.#version, at: this.#clock.now(), delays: new Map() };
  }

  /** How many requests were refused in each minute of the outage. */
  refusedByMinute(minutes: number): number[] {
    return Array.from({ length: minutes }, (_, minute) => {
      const start = this.#startedAt + minute * MINUTE_MS;
      return this.#refusedAt.filter((at) => at >= start && at < start + MINUTE_MS).length;
    });
  }

  #ping(): void {
    this.#clock.after(30_000, () => {
      if (this.#failure === undefined) {
        for (const body of this.#streams) body.write("event: ping\ndata: {}\n\n");
      }
      this.#ping();
    });
  }

  #snapshot(): string {
    return JSON.stringify({
      ...wireSnapshot([wireFlag("dark-mode", { version: this.#version, enabled: this.#version % 2 === 0 })]),
      version: this.#version,
    });
  }

  #sync(): string {
    return `event: sync\ndata: ${this.#snapshot()}\n\n`;
  }
}
