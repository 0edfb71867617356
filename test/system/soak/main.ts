/**
 * Runs clients for a while against an API whose flags change all the time, on connections that break all the time, and
 * looks that they end up with its flags, that memory stays flat, that no rejection goes unhandled and that the process
 * ends by itself: `npx tsx -C source test/system/soak/main.ts [SECONDS]`, 20 by default.
 *
 * Time runs ten times as fast for the clients, so that they meet as many outages as they would in hours.
 */
import { createLocalApi } from "../../../src/server/api/evaluation-api.ts";
import { serve } from "@featureflip/sdk/server";
import process from "node:process";
import { getHeapCodeStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { FeatureflipClient } from "../../../src/client/client.ts";
import { createClient } from "../../../src/client/create-client.ts";
import type { FeatureflipOptions } from "../../../src/client/options.ts";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import type { Runtime } from "../../../src/runtime/runtime.ts";
import type { Scheduler } from "../../../src/runtime/scheduler.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { until } from "../../support/until.ts";
import { fixed, wireFlag, wireSegment, wireSnapshot } from "../../support/wire.ts";
import { BreakingProxy } from "./breaking-proxy.ts";

const PACE = 10;
const EDIT_EVERY_MS = 10;
const BREAK_EVERY_MS = 250;
/** Whether the engine's machine code can be left out of the heap. */
const IS_NODE = !/^(bun|deno)/.test(detectRuntime().name);
/** What a heap may be larger after the last round than after the first, in bytes: buffers that are bounded fill up. */
const TOLERANCE = IS_NODE ? 400_000 : 1_000_000;
/** How long things may take to come right once trouble is over, in ms: it proves nothing but that they do. */
const PATIENCE_MS = 60_000;
/** How long a process that has closed everything may take to end, in ms. */
const GRACE_MS = 2_000;

const KEYS = Array.from({ length: 20 }, (_, n) => `flag-${n}`);
const SDK_KEYS = ["sdk-stream-1", "sdk-stream-2", "sdk-poll", "sdk-come-and-go"];

const seconds = Number(process.argv[2] ?? 20);
/** How often everything pauses, is compared, and the memory measured; the first time is the warm-up. */
const ROUNDS = seconds < 60 ? 2 : 6;
const { random } = Math;
const figures = { edits: 0, breaks: 0, clients: 0, evaluations: 0 };
const unhandled: unknown[] = [];
let failed = 0;
// Optimized code grows for long, and V8 keeps its data among the objects. It is not what this measures.
if (IS_NODE) setFlagsFromString("--no-opt");
process.on("unhandledRejection", (reason) => void unhandled.push(reason));
process.on("warning", (warning) => void unhandled.push(warning));

const runtime: Runtime = { ...detectRuntime(), scheduler: paced(detectRuntime().scheduler) };
const api = createLocalApi({
  sdkKeys: SDK_KEYS,
  environment: wireSnapshot(KEYS.map((key) => flagOf(key)), [wireSegment("pro-users")]),
  scheduler: runtime.scheduler,
  eventsKept: 100,
  logger: createRecordingLogger(),
}).api;
const server = await serve(api);
const proxy = await BreakingProxy.start(server.url);
const clients = [
  open({ sdkKey: SDK_KEYS[0] }),
  open({ sdkKey: SDK_KEYS[1], pollAfterFailures: 0 }),
  open({ sdkKey: SDK_KEYS[2], mode: "polling", pollInterval: 5_000 }),
];
const heaps: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  await trouble((seconds * 1000) / ROUNDS);
  check("every client has the API's flags", await comesTrue(() => clients.every(isCurrent)));
  // An outage's last moments leave as many events waiting as chance will have it, and they would count as memory.
  await Promise.all(clients.map((client) => client.flush()));
  check("every event has been sent", await comesTrue(() => clients.every(hasSentAll)));
  heaps.push(await heapAfterCollection());
}
await Promise.all(clients.map((client) => client.close()));
check("no stream is open after close()", await comesTrue(() => api.openStreams === 0));
await server.close();
await proxy.stop();

const megabytes = heaps.map((bytes) => (bytes / 2 ** 20).toFixed(2)).join(", ");
console.log(
  `${seconds} s: ${figures.edits} edits, ${figures.breaks} broken connections, ${figures.clients} clients, ` +
    `${figures.evaluations} evaluations; heap after collection ${megabytes} MiB`,
);
check("memory is flat", heaps.at(-1)! - heaps[0]! < TOLERANCE);
const closed = performance.now();
process.on("exit", () => {
  check(`no rejection goes unhandled: ${unhandled.join(", ")}`, unhandled.length === 0);
  check("the process ends by itself", performance.now() - closed < GRACE_MS);
  console.log(`${2 * ROUNDS + 4 - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
});
// Of no weight in a process that is about to end.
detectRuntime().scheduler.after(GRACE_MS, () => process.exit(1));

/** Changes flags, breaks connections, opens and closes clients, and evaluates, all at once. */
async function trouble(ms: number): Promise<void> {
  const stops = [
    every(EDIT_EVERY_MS, edit),
    every(BREAK_EVERY_MS, breakOne),
    every(100, () => clients.forEach(evaluate)),
    every(400, comeAndGo),
  ];
  await sleep(ms);
  for (const stop of stops) stop();
  proxy.refusing = false;
}

function edit(): void {
  figures.edits++;
  const key = KEYS[Math.floor(random() * KEYS.length)]!;
  const exists = api.snapshot.flags.some((flag) => flag.key === key);
  if (exists && random() < 0.1) api.deleteFlag(key);
  else if (random() < 0.05) api.putSegment(wireSegment("pro-users"));
  else api.putFlag(flagOf(key));
}

function breakOne(): void {
  proxy.refusing = random() < 0.2;
  if (proxy.break((["reset", "end", "half-open"] as const)[Math.floor(random() * 3)]!, random())) {
    figures.breaks++;
  }
}

/** A second handle on a core that is shared, and a core of its own. */
function comeAndGo(): void {
  for (const sdkKey of [SDK_KEYS[0], SDK_KEYS[3]]) {
    const client = open({ sdkKey });
    client.waitForInitialization().then(() => evaluate(client), () => {}).then(() => client.close());
  }
}

function open(options: FeatureflipOptions): FeatureflipClient {
  figures.clients++;
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const client = createClient({ baseUrl: proxy.url, logger, ...options }, runtime);
  client.on("update", () => {});
  return client;
}

function evaluate(client: FeatureflipClient): void {
  for (const key of KEYS) client.variation(key, { user_id: `user-${figures.evaluations++ % 1000}` }, "");
}

function isCurrent(client: FeatureflipClient): boolean {
  const values = client.allFlags({});
  const { flags } = api.snapshot;
  return Object.keys(values).length === flags.length &&
    flags.every(({ key, variations }) => values[key] === variations[0]!.value);
}

function hasSentAll({ status: { events: { waiting, dropped } } }: FeatureflipClient): boolean {
  return waiting === 0 && Object.values(dropped).every((count) => count === 0);
}

function flagOf(key: string) {
  return {
    ...wireFlag(key),
    version: undefined,
    type: "String",
    variations: [{ key: "v", value: `${key} ${figures.edits}` }],
    fallthrough: fixed("v"),
    offVariation: "v",
  };
}

/** The clock, faster. */
function paced(scheduler: Scheduler): Scheduler {
  const start = scheduler.now();
  return {
    now: () => start + (scheduler.now() - start) * PACE,
    random: scheduler.random,
    after: (delay, callback, options) => scheduler.after(delay / PACE, callback, options),
    detach: scheduler.detach,
  };
}

/** What objects take, in bytes; what the engine compiles, of which it keeps ever more, is left out where that is known. */
async function heapAfterCollection(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    await sleep(50);
    collect();
  }
  return process.memoryUsage().heapUsed - compiledCode();
}

function compiledCode(): number {
  if (!IS_NODE) return 0;
  const { code_and_metadata_size, bytecode_and_metadata_size } = getHeapCodeStatistics();
  return code_and_metadata_size + bytecode_and_metadata_size;
}

function collect(): void {
  const { Bun, gc } = globalThis as { readonly Bun?: { gc(force: boolean): void }; gc?(): void };
  if (Bun !== undefined) return Bun.gc(true);
  if (gc !== undefined) return gc();
  setFlagsFromString("--expose-gc");
  (globalThis as { gc?: unknown }).gc = runInNewContext("gc");
  collect();
}

function check(what: string, holds: boolean): void {
  if (holds) return;
  failed++;
  console.log(`FAIL  ${what}`);
}

async function comesTrue(isSo: () => boolean): Promise<boolean> {
  return await until(isSo, PATIENCE_MS).then(() => true, () => false);
}

function every(ms: number, action: () => void): () => void {
  const timer = setInterval(action, ms);
  return () => clearInterval(timer);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
