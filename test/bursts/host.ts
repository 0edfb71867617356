/**
 * Bursts of 200 requests on a Worker, half of which their clients abort at random moments (contract §6.1):
 * `node host.mjs SCRIPT COMPATIBILITY_DATE BURSTS`.
 */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { Miniflare } from "miniflare";
import { report } from "../runtime/hosts/report.ts";
import { startOrigin } from "./origin.ts";
import type { Mood } from "./origin.ts";

const REQUESTS = 200;

/** A request may take 3 s (contract §6.1), and a busy machine its time for 200 at once. */
const DEADLINE = 3000;
const SLACK = 2000;

/** How soon after an outage a new request is served again. */
const HEALTHY_WITHIN = 15_000;

const MOODS: readonly Mood[] = ["well", "slow", "hanging", "failing", "dropping"];
const SETTINGS = ["", "per-request", "store=kv", "per-request&store=cache", "store=object"];

const [scriptPath = "", compatibilityDate = "", bursts = "10"] = process.argv.slice(2);
const origin = await startOrigin();
const complaints: string[] = [];
const worker = new Miniflare({
  modules: true,
  scriptPath,
  compatibilityDate,
  bindings: { ORIGIN: origin.url },
  kvNamespaces: ["FLAGS"],
  durableObjects: { SNAPSHOTS: { className: "SnapshotObject", useSQLite: true } },
  cf: false,
  telemetry: { enabled: false },
  handleRuntimeStdio(stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream) {
    for (const stream of [stdout, stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        if (/different request|never (resolve|generate)|hung|hang /i.test(text)) complaints.push(text.trim());
      });
    }
  },
});
const url = await worker.ready;

interface Answer {
  readonly value: string;
  readonly failure: string;
}

/** One burst's circumstances. */
interface Burst {
  readonly key: string;
  readonly mood: Mood;
  readonly setting: string;
  readonly isWarm: boolean;
}

let passed = 0;
const failures: string[] = [];
for (let index = 0; index < Number(bursts); index++) {
  // Ten in a row have every mood, cold and warm, and every setting twice; fifty have all there is.
  const burst: Burst = {
    key: `sdk-burst-${index}`,
    mood: MOODS[index % MOODS.length]!,
    setting: SETTINGS[(index + Math.floor(index / 10)) % SETTINGS.length]!,
    isWarm: Math.floor(index / 5) % 2 === 1,
  };
  const problem = await run(burst);
  const { mood, setting, isWarm } = burst;
  if (problem === undefined) passed++;
  else failures.push(`${isWarm ? "warm" : "cold"}, origin ${mood}, ${setting || "plain"}: ${problem}`);
}
await worker.dispose();
origin.close();
if (complaints.length > 0) failures.push(...complaints);
else passed++;
report({ passed, failures });

/** One request; rejects after `ms` whatever becomes of it. */
function ask(target: string, ms: number = DEADLINE + SLACK): Promise<Answer> {
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      controller.abort();
      reject(new Error(`no answer within ${Math.round(ms)} ms`));
    }, ms);
    request(target, controller.signal).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function request(target: string, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(target, { signal });
  const text = await response.text();
  if (!response.ok) throw new Error(`the Worker answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as Answer;
}

/** The isolate is well again: each request is answered in time, and soon with flags. */
async function isHealthy(target: string): Promise<string | undefined> {
  const end = performance.now() + HEALTHY_WITHIN;
  for (;;) {
    const answer = await ask(target).catch(String);
    if (typeof answer === "string") return `afterwards: ${answer}`;
    if (answer.value === "served") return undefined;
    if (performance.now() > end) return `afterwards it still serves ${answer.value}: ${answer.failure}`;
    await sleep(100);
  }
}

async function run({ key, mood, setting, isWarm }: Burst): Promise<string | undefined> {
  const target = `${url}?key=${key}&${setting}`;
  origin.mood = "well";
  if (isWarm) {
    const { value } = await ask(target);
    if (value !== "served") return `warming up served ${value}`;
    await sleep(60); // beyond maxAge
  }
  origin.mood = mood;
  const results = await Promise.all(
    Array.from({ length: REQUESTS }, (_, index) => fire(`${target}&user=${index}`, index % 2 === 1)),
  );
  origin.mood = "well";
  return results.find((result) => result !== undefined) ?? await isHealthy(target);

  async function fire(userTarget: string, isAborted: boolean): Promise<string | undefined> {
    try {
      const { value, failure } = await ask(userTarget, isAborted ? Math.random() * 400 : undefined);
      if (value === "served") return undefined;
      if (isWarm || mood === "well") return `served ${value}: ${failure}`;
      return failure.startsWith("InitializationError") && !/different request/i.test(failure)
        ? undefined
        : `served ${value}: ${failure}`;
    } catch (error) {
      return isAborted && String(error).includes("no answer within") ? undefined : String(error);
    }
  }
}
