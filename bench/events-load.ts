/**
 * The cost of events under load: 100,000 evaluations per second with default options, first while nothing can be sent,
 * then while batches are sent. `npx tsx --tsconfig bench/tsconfig.json bench/events-load.ts [SECONDS]`, 30 by default.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import { FeatureflipClient } from "@featureflip/sdk";
import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import { median } from "./median.ts";

const PER_SECOND = 100_000;
/** One round of evaluations, in ms. */
const ROUND = 10;
const SDK_KEY = "sdk-bench";
const FLAG = {
  key: "dark-mode",
  type: "Boolean",
  enabled: true,
  variations: [{ key: "on", value: true }, { key: "off", value: false }],
  fallthrough: { type: "Fixed", variation: "on" },
  offVariation: "off",
} as const;

interface Figures {
  /** The time of one evaluation in each round, in ns. */
  readonly evaluation: number[];
  /** The same, for rounds with an event request in progress. */
  readonly whileSending: number[];
  /** The 99th percentile of event-loop delay, in ms. */
  readonly delay: number;
  /** The longest delay, in ms. */
  readonly longest: number;
}

if (process.argv[2] === "api") await serveApi();
else await measure(Number(process.argv[2] ?? 30));

/** The API runs in a separate process, so its time does not count. */
async function serveApi(): Promise<void> {
  const api = createEvaluationApi({ sdkKeys: [SDK_KEY], environment: { flags: [FLAG] }, eventsKept: 1 });
  const { url } = await serve(api);
  console.log(url);
}

async function measure(seconds: number): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, "bench/events-load.ts", "api"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = await once(child.stdout.setEncoding("utf8"), "data") as [string];

  let sending = 0;
  let canSend = false;
  const client = await FeatureflipClient.create({
    sdkKey: SDK_KEY,
    baseUrl: url.trim(),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    fetch: async (input, init) => {
      if (init?.method !== "POST") return await fetch(input, init);
      if (!canSend) return new Response(null, { status: 503, headers: { "retry-after": "5" } });
      sending++;
      try {
        return await fetch(input, init);
      } finally {
        sending--;
      }
    },
  });
  let recorded = 0;

  async function load(duration: number): Promise<Figures> {
    const figures = { evaluation: [] as number[], whileSending: [] as number[] };
    const histogram = monitorEventLoopDelay({ resolution: 1 });
    histogram.enable();
    const start = performance.now();
    for (let done = 0; done < duration * PER_SECOND;) {
      const due = Math.floor((performance.now() - start) * PER_SECOND / 1_000) - done;
      const count = Math.min(due, 5_000, duration * PER_SECOND - done);
      const before = performance.now();
      for (let each = 0; each < count; each++) {
        client.variation("dark-mode", { user_id: `user-${recorded++ % 1_000}` }, false);
      }
      const each = (performance.now() - before) * 1e6 / count;
      if (count > 0) figures.evaluation.push(each);
      if (count > 0 && sending > 0) figures.whileSending.push(each);
      done += count;
      await new Promise((resolve) => setTimeout(resolve, ROUND));
    }
    histogram.disable();
    return { ...figures, delay: histogram.percentile(99) / 1e6, longest: histogram.max / 1e6 };
  }

  await load(2); // the compilers are warm then
  const before = await load(Math.min(10, seconds));
  canSend = true;
  await client.flush();
  const during = await load(seconds);
  const { sent, waiting, shed, dropped } = client.status.events;
  const shedCount = shed.repeats + shed.evaluations + shed.others;
  const accounted = sent + waiting + shedCount + dropped.rejected + dropped.closed;
  await client.close({ timeout: 1_000 });
  child.kill();

  const [idle, busy] = [median(before.evaluation), median(during.evaluation)];
  const inFlight = median(during.whileSending);
  console.log(`recorded              ${recorded}`);
  console.log(`sent, waiting         ${sent}, ${waiting}`);
  console.log(`shed                  ${shedCount}`);
  console.log(`not accounted for     ${recorded - accounted}   (0)`);
  console.log(`evaluation before     ${idle.toFixed(0)} ns`);
  console.log(
    `while batches leave   ${busy.toFixed(0)} ns, ${(busy / idle).toFixed(2)} times   (at most 1.2)`,
  );
  console.log(
    `  a request in flight ${inFlight.toFixed(0)} ns, ${
      (inFlight / idle).toFixed(2)
    } times   (at most 1.2; ${during.whileSending.length} rounds)`,
  );
  console.log(
    `event-loop delay, p99 ${before.delay.toFixed(2)} ms before, ${
      during.delay.toFixed(2)
    } ms while batches leave   (less than 5 more)`,
  );
  console.log(
    `event-loop delay, max ${before.longest.toFixed(2)} ms before, ${during.longest.toFixed(2)} ms`,
  );
  if (accounted !== recorded) process.exitCode = 1;
}
