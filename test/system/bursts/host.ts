/**
 * Bursts of 200 requests on a Worker, half of which their clients abort at random moments (contract §6.1). Prints what
 * became of each: `node host.mjs SCRIPT COMPATIBILITY_DATE BURSTS`.
 */
import { Miniflare } from "miniflare";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { report } from "../../runtime/hosts/report.ts";
import type { Answer, Platform } from "./answer.ts";
import { CIRCUMSTANCES, nameOf } from "./circumstances.ts";
import type { Circumstances } from "./circumstances.ts";
import { get, LateError } from "./get.ts";
import { startOrigin } from "./origin.ts";
import { PACE } from "./slow-time.ts";

const REQUESTS = 200;

/** A request may take 3 s (contract §6.1), and a busy machine its time for 200 at once. */
const DEADLINE = 3000 * PACE;
const SLACK = 5000;

/** Of a burst's evaluations: some for each second that it takes, and for each of the requests around it. */
const MOST_EVENT_REQUESTS = 20;

/** Enough to tell one request with events each from few. */
const EVENT_REQUESTS = 500;

/** How soon after an outage a new request is served again, and how soon all events have arrived. */
const HEALTHY_WITHIN = 10_000 * PACE;
const DELIVERED_WITHIN = 10_000 * PACE;

/** Longer than its parts may take together: what stalls nevertheless is named, and the next has its turn. */
const CHECK_WITHIN = 40_000 * PACE;

const [scriptPath = "", compatibilityDate = "", bursts = ""] = process.argv.slice(2);
const origin = await startOrigin();
const complaints = new Set<string>();
const failures: string[] = [];
let passed = 0;

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
        if (/different request|never (resolve|generate)|hung|hang /i.test(text)) complaints.add(text.trim());
      });
    }
  },
});
let url: URL;

await check("start", async () => {
  url = await worker.ready;
  return "";
});
await check("import and construct in global scope (contract §6)", async () => {
  const { hasWeakRef, forbidsWork } = await get<Platform>(new URL("platform", url), DEADLINE);
  if (!forbidsWork) throw new Error("this global scope forbids nothing, so it proves nothing");
  if (hasWeakRef !== compatibilityDate >= "2025-05-05") throw new Error(`WeakRef is there: ${hasWeakRef}`);
  const { version, failure } = await ask("sdk-global-scope");
  if (version !== 1) throw new Error(`its client serves the default: ${failure}`);
  return hasWeakRef ? "with WeakRef" : "without WeakRef";
});
await check("an aborted request is cancelled", async () => {
  const aborted = Array.from({ length: 20 }, () => get(new URL("sleep", url), 200).catch(() => {}));
  await Promise.all(aborted);
  await sleep(3000); // a busy workerd hears of an abort late
  await get(new URL("wake", url), DEADLINE);
  await sleep(200);
  const slept = await get<number>(new URL("slept", url), DEADLINE);
  if (slept > 0) throw new Error(`${slept} of 20 went on, so a burst proves nothing`);
  return "";
});
for (const [index, circumstances] of CIRCUMSTANCES.slice(0, Number(bursts)).entries()) {
  await check(
    `burst ${index + 1} (${nameOf(circumstances)})`,
    () => run(`sdk-burst-${index}`, circumstances),
  );
}
await check("an outage, and its end (contract §6.2)", outage);
await check("events of a client (contract §6.1)", async () => {
  const requests = await events("sdk-events", "");
  if (requests > EVENT_REQUESTS / 20) {
    throw new Error(`${requests} requests with events for ${EVENT_REQUESTS}`);
  }
  return `of ${EVENT_REQUESTS} requests in ${requests}`;
});
await check("events of clients that are closed (contract §6.1)", async () => {
  return `of ${EVENT_REQUESTS} requests in ${await events("sdk-closed", "per-request")}`;
});
await check("end", async () => {
  await worker.dispose();
  return "";
});
await check("what workerd says", () => {
  if (complaints.size > 0) throw new Error([...complaints].join("\n"));
  return "no word of hung requests";
});
report({ passed, failures });
// Whatever a failure has left behind.
process.exit();

/** Runs a check and tells how it went; one that stalls fails by its name. */
async function check(name: string, body: () => string | Promise<string>): Promise<void> {
  const start = performance.now();
  const late = new AbortController();
  const stall = sleep(CHECK_WITHIN, undefined, late).then(() => {
    throw new Error(`it stalls: nothing within ${CHECK_WITHIN} ms`);
  });
  const outcome = await Promise.race([Promise.resolve().then(body), stall]).then(
    (figures) => ({ figures, failure: undefined }),
    (error: unknown) => ({ figures: "", failure: error instanceof Error ? error.message : String(error) }),
  );
  late.abort();
  stall.catch(() => {});
  if (outcome.failure === undefined) passed++;
  else failures.push(`${name}: ${outcome.failure}`);
  const verdict = outcome.failure === undefined ? "ok  " : "FAIL";
  console.log(`${verdict} ${seconds(performance.now() - start)}  ${name}  ${outcome.figures}`);
}

/** One burst; rejects when anything did not go as it must, and tells how it went otherwise. */
async function run(key: string, { mood, setting, isWarm }: Circumstances): Promise<string> {
  const began = performance.now();
  origin.mood = "well";
  if (isWarm) {
    expectServed(await ask(key, setting), "warming up");
    await sleep(60 * PACE); // beyond maxAge
  }
  origin.mood = mood;
  const mayHaveNone = !isWarm && ["hanging", "failing", "dropping"].includes(mood);
  let answered = 0;
  let defaults = 0;
  let slowest = 0;
  await Promise.all(Array.from({ length: REQUESTS }, async (_, index) => {
    const isAborted = index % 2 === 0;
    const start = performance.now();
    const answer = await ask(
      key,
      `${setting}&user=${index}`,
      isAborted ? Math.random() * 400 * PACE : undefined,
    )
      .catch((error: unknown) => {
        if (isAborted && error instanceof LateError) return undefined;
        throw error;
      });
    if (answer === undefined) return;
    answered++;
    slowest = Math.max(slowest, performance.now() - start);
    if (answer.version > 0) return;
    defaults++;
    if (!mayHaveNone || !answer.failure.startsWith("InitializationError")) expectServed(answer, "a request");
  }));
  const ended = performance.now();
  origin.mood = "well";
  const tries = await untilServed(key, setting);
  const healthyAfter = performance.now() - ended;
  await untilDelivered(key);
  const { eventRequests, evaluations, fetches } = origin.arrivals(key);
  const took = (performance.now() - began) / (1000 * PACE);
  // workerd sends a GET again by itself when a connection that it had kept is lost before the answer.
  const perLoad = mood === "dropping" ? 2 : 1;
  if (fetches > perLoad * (2 + took)) {
    throw new Error(`${fetches} fetches of one isolate in ${took.toFixed(1)} s`);
  }
  if (eventRequests > MOST_EVENT_REQUESTS) {
    throw new Error(`${eventRequests} requests with ${evaluations} events`);
  }
  return `${answered} answered, ${defaults} by defaults, the slowest after ${seconds(slowest)}; ` +
    `served after ${seconds(healthyAfter)} and ${tries} requests; ` +
    `${evaluations} evaluations in ${eventRequests} requests; ${fetches} fetches`;
}

/** What is old is served while the origin fails, and what is new soon after. */
async function outage(): Promise<string> {
  const key = "sdk-outage";
  origin.mood = "well";
  expectServed(await ask(key), "before the outage a request");
  origin.version = 2;
  origin.mood = "failing";
  await sleep(60 * PACE); // beyond maxAge
  const start = performance.now();
  let answer: Answer;
  // A load begins a second after the last one at the earliest.
  do {
    await sleep(20);
    answer = await ask(key);
    if (answer.version !== 1) throw new Error(`it serves ${JSON.stringify(answer)}`);
  } while (performance.now() - start < 1500 * PACE);
  const { state, age } = answer;
  if (state !== "STALE" || age < 1000) throw new Error(`after 1.5 s its status says ${state}, ${age} ms`);
  origin.mood = "well";
  const end = performance.now() + HEALTHY_WITHIN;
  do {
    await sleep(20);
    answer = await ask(key);
    if (performance.now() > end) throw new Error(`it still serves ${JSON.stringify(answer)}`);
  } while (answer.version !== 2 || answer.state !== "READY");
  origin.version = 1;
  return `STALE after ${age} ms`;
}

/** Many requests, 20 at a time, some of them aborted; tells in how many requests what they evaluated arrived. */
async function events(key: string, setting: string): Promise<number> {
  let left = EVENT_REQUESTS;
  async function visit(): Promise<void> {
    while (left-- > 0) {
      const isAborted = left % 5 === 0;
      await ask(key, setting, isAborted ? 10 * Math.random() * PACE : undefined).catch((error: unknown) => {
        if (!isAborted || !(error instanceof LateError)) throw error;
      });
    }
  }
  await Promise.all(Array.from({ length: 20 }, visit));
  await untilDelivered(key);
  return origin.arrivals(key).eventRequests;
}

function expectServed({ version, failure }: Answer, what: string): void {
  if (version === 0) throw new Error(`${what} was served the default: ${failure || "without a reason"}`);
}

/** The isolate is well again: each request is answered in time, and soon with flags; tells with the how manieth. */
async function untilServed(key: string, setting: string): Promise<number> {
  const end = performance.now() + HEALTHY_WITHIN;
  for (let tries = 1;; tries++) {
    const answer = await ask(key, setting);
    if (answer.version > 0) return tries;
    if (performance.now() > end) {
      expectServed(answer, `${seconds(HEALTHY_WITHIN)} after the outage a request`);
    }
    await sleep(50);
  }
}

/** Every evaluation that a request made, aborted ones included, has arrived. */
async function untilDelivered(key: string): Promise<void> {
  const made = await get<number>(new URL(`evaluations?key=${key}`, url), DEADLINE + SLACK);
  const end = performance.now() + DELIVERED_WITHIN;
  while (origin.arrivals(key).evaluations < made) {
    if (performance.now() > end) {
      throw new Error(`of ${made} evaluations ${origin.arrivals(key).evaluations} arrived`);
    }
    await sleep(20);
  }
}

/** One evaluation of the Worker. */
function ask(key: string, setting = "", ms: number = DEADLINE + SLACK): Promise<Answer> {
  return get(new URL(`?key=${key}&${setting}`, url), ms);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
