/**
 * Twenty isolates with 50 requests a second each, for two minutes in which the service is well, late, silent, limiting,
 * resetting, and well again (contract §6.1, §8): `node fleet.mjs SCRIPT COMPATIBILITY_DATE STORE`. In each phase three
 * isolates are new. Prints a row of figures for each phase.
 */
import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import { Miniflare } from "miniflare";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { createFakeRedis } from "../../runtime/fake-redis.ts";
import { report } from "../../runtime/hosts/report.ts";
import type { Answer } from "./answer.ts";
import { startOrigin } from "./origin.ts";
import type { Mood } from "./origin.ts";
import { PACE } from "./slow-time.ts";

const ISOLATES = 20;
const REQUESTS_PER_SECOND = 50;
const NEW_IN_EACH_PHASE = 3;
const PHASES: readonly (readonly [mood: Mood, seconds: number])[] = [
  ["well", 20],
  ["late", 20],
  ["hanging", 20],
  ["limiting", 15],
  ["dropping", 15],
  ["well", 30],
];
/** How often a flag changes, in seconds. */
const CHANGE_INTERVAL = 5;
/** When a Cron trigger writes to KV, in seconds: while the service hangs, and when it is well again. */
const CRON_TIMES = [45, 105];
/** The longest wait of a request (contract §6.1), and what a busy machine may add; in seconds. */
const DEADLINE = 3;
const SLACK = 1.5;
/** How long ago the flags that are served at the end may have been replaced: by then the last writer has been; in seconds. */
const OLDEST_AT_THE_END = 25;

const [scriptPath = "", compatibilityDate = "", STORE = ""] = process.argv.slice(2);
const START = Date.now();
const origin = await startOrigin();
const redis = await startRedis();
const names = Array.from({ length: ISOLATES }, (_, index) => `isolate-${index}`);
const isolates = [...names, "writer"];
const hasWriter = STORE === "kv";

const fleet = new Miniflare({
  cf: false,
  telemetry: { enabled: false },
  workers: isolates.map((name) => ({
    name,
    modules: true as const,
    scriptPath,
    compatibilityDate,
    bindings: { NAME: name, ORIGIN: origin.url, REDIS: redis.url, STORE, START },
    kvNamespaces: { FLAGS: "flags" },
    durableObjects: { SNAPSHOTS: { className: "Snapshots", scriptName: "writer", useSQLite: true } },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  })),
});

/** The time of the isolates since the start, in seconds. */
function clock(): number {
  return (Date.now() - START) / (1000 * PACE);
}

interface Phase {
  answers: number;
  defaults: number;
  stale: number;
  /** Of all answers, in seconds. */
  slowest: number;
  /** How long the oldest served flags had been replaced, in seconds. */
  oldest: number;
  /** The most requests for flags that one isolate made. */
  most: number;
  gets: number;
  lines: number;
}

const failures: string[] = [];
let passed = 0;
// Each connection costs workerd two file descriptors, and requests wait for 3 s while the service is silent.
const agent = new Agent({ keepAlive: true, maxSockets: 2 * DEADLINE * REQUESTS_PER_SECOND });
/** When each version was published, in seconds. */
const publishedAt: number[] = [0, 0];
await fleet.ready;
const urls = await Promise.all(names.map((name) => fleet.unsafeGetDirectURL(name)));
const cron = new URL("write", await fleet.unsafeGetDirectURL("writer"));
// Twenty isolates compile their script now, for which two cores would take longer than a request may.
for (const url of urls) await ask(new URL("log", url));
if (hasWriter) await ask(cron);
const began = clock();
let changesAt = began + CHANGE_INTERVAL;
const cronTimes = CRON_TIMES.map((time) => began + time);
console.log(`${STORE || "no store"}: ${ISOLATES} isolates, ${REQUESTS_PER_SECOND} requests a second each`);

for (const [mood, seconds] of PHASES) {
  const phase = await run(mood, seconds);
  const perMinute = Math.round(phase.gets * 60 / seconds);
  console.log(
    `${mood.padEnd(9)} ${
      String(seconds).padStart(3)
    } s  ${phase.answers} answers, ${phase.defaults} by defaults, ` +
      `${phase.stale} STALE, slowest ${phase.slowest.toFixed(2)} s, oldest ${phase.oldest.toFixed(1)} s, ` +
      `${phase.gets} GETs (${perMinute} a minute; ${phase.most} by one isolate), ${phase.lines} log lines`,
  );
  expect(phase.slowest <= DEADLINE + SLACK, `${mood}: an answer took ${phase.slowest.toFixed(2)} s`);
  // A load a second, and one that the phase before began.
  expect(phase.most <= seconds + 2, `${mood}: an isolate sent ${phase.most} GETs in ${seconds} s`);
}
for (const [index, url] of urls.entries()) {
  const { version, state } = await ask(url);
  const age = ageOf(version, clock());
  expect(
    age <= OLDEST_AT_THE_END && state === "READY",
    `isolate ${index} ends ${state}, with flags replaced ${age} s ago`,
  );
}
agent.destroy();
origin.close();
redis.close();
await fleet.dispose();
report({ passed, failures });
process.exit();

function expect(holds: boolean, otherwise: string): void {
  if (holds) passed++;
  else failures.push(otherwise);
}

async function run(mood: Mood, seconds: number): Promise<Phase> {
  const phase: Phase = {
    answers: 0,
    defaults: 0,
    stale: 0,
    slowest: 0,
    oldest: 0,
    most: 0,
    gets: 0,
    lines: 0,
  };
  const before = isolates.map((name) => origin.arrivals(name).fetches);
  origin.mood = mood;
  const start = clock();
  const pending = new Set<Promise<void>>();
  let sent = 0;
  for (const url of urls.slice(0, NEW_IN_EACH_PHASE)) await send(new URL("forget", url), phase);
  while (clock() < start + seconds) {
    publish();
    // One round asks each isolate once.
    const due = Math.floor((clock() - start) * REQUESTS_PER_SECOND);
    for (; sent < due; sent++) {
      for (const url of urls) {
        const request = send(url, phase).finally(() => pending.delete(request));
        pending.add(request);
      }
      await sleep(0);
    }
    await sleep(5);
  }
  await Promise.all(pending);
  for (const url of urls) phase.lines += (await ask<string[]>(new URL("log", url))).length;
  const gets = isolates.map((name, index) => origin.arrivals(name).fetches - before[index]!);
  phase.most = Math.max(...gets);
  phase.gets = gets.reduce((sum, count) => sum + count, 0);
  return phase;
}

/** Changes the flag and writes to KV when it is time. */
function publish(): void {
  if (clock() >= changesAt) {
    changesAt += CHANGE_INTERVAL;
    publishedAt[++origin.version] = clock();
  }
  if (hasWriter && clock() >= cronTimes[0]!) {
    cronTimes.shift();
    void ask(cron);
  }
}

/** One request; what goes wrong with it is a failure. */
async function send(url: URL, phase: Phase): Promise<void> {
  const start = clock();
  try {
    const { version, state } = await ask<Answer>(url);
    phase.answers++;
    phase.slowest = Math.max(phase.slowest, clock() - start);
    if (version === 0) phase.defaults++;
    else phase.oldest = Math.max(phase.oldest, ageOf(version, start));
    if (state === "STALE") phase.stale++;
  } catch (error) {
    failures.push(String(error));
  }
}

/** How long ago a version was replaced, in seconds; 0 for the newest. */
function ageOf(version: number, now: number): number {
  return Math.max(0, now - (publishedAt[version + 1] ?? now));
}

function ask<T = Answer>(url: URL): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => text += chunk).on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`${url.pathname} answered ${response.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    request.on("error", (error) => {
      // workerd closes a connection that has been idle for some seconds, and a browser asks again, too.
      if (request.reusedSocket && Reflect.get(error, "code") === "ECONNRESET") {
        ask<T>(url).then(resolve, reject);
      } else reject(error);
    });
  });
}

/** Redis behind its REST API, in the time of the isolates. */
async function startRedis(): Promise<{ readonly url: string; close(): void }> {
  const fake = createFakeRedis("redis-token", () => clock() * 1000);
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    const { authorization = "" } = request.headers;
    const answer = await fake.fetch(
      new Request("http://redis", { method: "POST", headers: { authorization }, body }),
    );
    response.writeHead(answer.status).end(await answer.text());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
