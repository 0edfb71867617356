/**
 * Simulates a deploy with real clients on a manual clock: `npx tsx -C source test/system/delivery/simulate-deploy.ts [SEED…]`.
 *
 * 1,000 streaming processes share one SDK key, whose budget their events use up (contract §5). All restart within two minutes. Printed
 * are the time until a restarted process has its flags; the lag in the ten minutes after the deploy began, over all processes and
 * seconds (0 for one that has flags); and what was answered and refused in each minute.
 */
import process from "node:process";
import type { FeatureflipClient } from "../../../src/client/client.ts";
import { createClient } from "../../../src/client/create-client.ts";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import type { Fetch } from "../../../src/runtime/fetch.ts";
import { FakeBody, fakeResponse } from "../../support/fake-response.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";
import { RateLimit } from "./rate-limit.ts";

const PROCESSES = 1_000;
const MINUTE = 60_000;
const SNAPSHOT = JSON.stringify(wireSnapshot([wireFlag("dark-mode")]));
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

class Deploy {
  readonly #clock: ManualScheduler;
  readonly #limit = new RateLimit();
  readonly #startedAt: number;
  readonly #streams = new Set<FakeBody>();
  /** Requests that were answered and refused in each minute, by kind. */
  readonly #requests = new Map<string, { answered: number; refused: number }[]>();
  readonly #clients: FeatureflipClient[] = [];
  /** When each process without flags started. */
  readonly #waiting = new Map<number, number>();
  readonly #waits: number[] = [];
  readonly #lags: number[] = [];
  readonly #seed: number;
  #created = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#clock = new ManualScheduler(seed, { grain: 250 });
    this.#startedAt = this.#clock.now();
  }

  async run(): Promise<void> {
    this.#ping();
    for (let second = 0; second < 100; second++) {
      for (let n = 0; n < PROCESSES / 100; n++) this.#clients.push(this.#createClient("old"));
      await this.#clock.advance(1_000);
    }
    await this.#evaluate(15 * 60 - 100);
    for (let n = 0; n < PROCESSES; n++) {
      this.#clock.after(2 * MINUTE * this.#clock.random(), () => {
        void this.#clients[n]!.close();
        this.#clients[n] = this.#createClient("new");
        this.#waiting.set(n, this.#clock.now());
      });
    }
    await this.#evaluate(10 * 60, () => this.#look());
    await Promise.all(this.#clients.map((client) => client.close({ timeout: 0 })));
  }

  report(): string {
    const requests = [...this.#requests].map(([kind, minutes]) =>
      `  ${kind}: ${
        Array.from(minutes, (counts) => `${counts?.answered ?? 0}+${counts?.refused ?? 0}`).slice(13).join(
          " ",
        )
      }`
    );
    return [
      `seed ${this.#seed}: flags after ${spread(this.#waits)}; lag ${spread(this.#lags)}; ` +
      `without flags at the end: ${this.#waiting.size}`,
      "  requests answered + refused a minute, from two minutes before the deploy on:",
      ...requests,
    ].join("\n");
  }

  /** Lets each process evaluate a flag every ten seconds. */
  async #evaluate(seconds: number, afterSecond = (): void => {}): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      for (const [n, client] of this.#clients.entries()) {
        if ((second + n) % 10 === 0) {
          client.boolVariation("dark-mode", { user_id: `user-${second % 50}` }, false);
        }
      }
      await this.#clock.advance(1_000);
      afterSecond();
    }
  }

  #look(): void {
    const now = this.#clock.now();
    for (const [n, client] of this.#clients.entries()) {
      const since = this.#waiting.get(n);
      if (since !== undefined && client.status.state === "READY") {
        this.#waits.push(now - since);
        this.#waiting.delete(n);
      }
      this.#lags.push(this.#waiting.has(n) ? now - since! : 0);
    }
  }

  /** Its key is its own, since clients of one key and process share a connection. */
  #createClient(kind: string): FeatureflipClient {
    const chance = new ManualScheduler(1_000_000 * this.#seed + this.#created++);
    const clock = this.#clock;
    const client = createClient(
      {
        sdkKey: `sdk-process-${this.#created}`,
        baseUrl: "https://flags.example",
        logger: SILENT,
        fetch: (url, init) => this.#answer(kind, url, init.signal),
      },
      {
        ...detectRuntime(),
        scheduler: {
          now: () => clock.now(),
          random: () => chance.random(),
          after: (delay, callback, options) => clock.after(delay, callback, options),
          detach: (work) => work(),
        },
      },
    );
    client.waitForInitialization().catch(() => {});
    return client;
  }

  #answer(processes: string, url: string, signal: AbortSignal | null | undefined): ReturnType<Fetch> {
    const path = url.slice(url.lastIndexOf("/") + 1);
    const now = this.#clock.now();
    const isAnswered = this.#limit.accepts(now);
    const kind = `${path} of ${processes} processes`;
    const minutes = this.#requests.get(kind) ?? [];
    this.#requests.set(kind, minutes);
    const counts = minutes[Math.floor((now - this.#startedAt) / MINUTE)] ??= { answered: 0, refused: 0 };
    counts[isAnswered ? "answered" : "refused"]++;
    if (!isAnswered) return Promise.resolve(fakeResponse(429, { "retry-after": "30" }, ""));
    if (path === "events") return Promise.resolve(fakeResponse(202, {}, ""));
    if (path === "flags") {
      return Promise.resolve(fakeResponse(200, { "content-type": "application/json" }, SNAPSHOT));
    }
    const body = new FakeBody();
    this.#streams.add(body);
    signal?.addEventListener("abort", () => this.#streams.delete(body));
    body.write(`event: sync\ndata: ${SNAPSHOT}\n\n`);
    return Promise.resolve(fakeResponse(200, { "content-type": "text/event-stream" }, body));
  }

  #ping(): void {
    this.#clock.after(30_000, () => {
      for (const body of this.#streams) body.write("event: ping\ndata: {}\n\n");
      this.#ping();
    });
  }
}

function spread(times: number[]): string {
  times.sort((a, b) => a - b);
  const [p50, p90, p99, most] = [0.5, 0.9, 0.99, 1].map((share) =>
    ((times[Math.ceil(share * times.length) - 1] ?? NaN) / 1_000).toFixed(0)
  );
  return `p50 ${p50} s, p90 ${p90} s, p99 ${p99} s, at most ${most} s`;
}

const seeds = process.argv.slice(2).map(Number);
for (const seed of seeds.length > 0 ? seeds : [7]) {
  const deploy = new Deploy(seed);
  await deploy.run();
  console.log(deploy.report());
}
