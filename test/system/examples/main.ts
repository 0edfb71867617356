/** `npm run test:examples`: every example on its own runtime, against a local Evaluation API. */
import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import environment from "../../../examples/environment.json" with { type: "json" };
import { add, finish, runSteps } from "../../../scripts/steps.ts";
import type { Tally } from "../../../scripts/steps.ts";
import { startFakeVercel } from "../stores/fake-vercel.ts";
import { checkCluster } from "./check-cluster.ts";
import { checkReadiness } from "./check-readiness.ts";
import type { RunningExample } from "./running-example.ts";
import { startCron } from "./start-cron.ts";
import { startEdge } from "./start-edge.ts";
import { startFleet } from "./start-fleet.ts";
import type { Fleet } from "./start-fleet.ts";
import { startProcess } from "./start-process.ts";
import type { RunningProcess } from "./start-process.ts";
import { startWorker } from "./start-worker.ts";
import { dryRun, startWrangler } from "./start-wrangler.ts";

const DENO_PERMISSIONS = ["--no-prompt", "--allow-net", "--allow-env"];

const sdkKey = "sdk-examples";
const api = createEvaluationApi({ environment, sdkKeys: [sdkKey] });
const server = await serve(api);
const env = { FEATUREFLIP_SDK_KEY: sdkKey, FEATUREFLIP_BASE_URL: server.url };

// They take turns with the other checks, which mostly wait.
const deployments = readdir("examples").then(async (names) => {
  const workers = names.filter((name) => existsSync(`examples/${name}/wrangler.json`));
  return await runSteps(await Promise.all(workers.map(dryRun)));
});

const counts: Tally[] = [
  await check("local API", answers),
  await check(
    "Node server",
    () => follow("ada", () => startProcess([process.execPath, "examples/node/server.mjs"], env), visit),
  ),
  await check(
    "Bun server",
    () => follow("grace", () => startProcess(["bun", "examples/bun/server.ts"], env), visit),
  ),
  await check("Deno server", () => {
    return follow(
      "linus",
      () => startProcess(["deno", "run", ...DENO_PERMISSIONS, "examples/deno/server.ts"], env),
      visit,
    );
  }),
  await check("Deno server, Deno KV", () => {
    const settings = { KV_PATH: ":memory:", POLL_INTERVAL: "1000" };
    const flags = ["--unstable-kv", ...DENO_PERMISSIONS];
    return follow(
      "ken",
      () => startProcess(["deno", "run", ...flags, "examples/deno-kv/server.ts"], { ...env, ...settings }),
    );
  }),
  await check("readiness", () => checkReadiness(environment)),
  await check("Node cluster", () => checkCluster(environment)),
  await check("worker threads", answersFromThread),
  await check("evaluation alone", evaluatesAlone),
  await check("Cloudflare Worker", () => follow("barbara", () => startWorker("examples/workers", env))),
  await check("wrangler dev", flips),
  await check("Cloudflare Worker, withFlags", () => {
    return follow("jean", () => startWorker("examples/workers-with-flags", env));
  }),
  await check("Cloudflare Worker, KV", keepsKv),
  await check("Cloudflare Worker, Durable Object", keepsDurableObject),
  await check("Hono app, Worker", () => follow("hedy", () => startWorker("examples/hono", env))),
  await check("Hono app, Worker, bursts", bursts),
  await check("OpenFeature, Worker", () => follow("radia", () => startWorker("examples/openfeature", env))),
  await check("Flags SDK, Node server", () => {
    return follow("frances", () => startProcess([process.execPath, "examples/flags-sdk/server.js"], env));
  }),
  await check("OpenTelemetry, Node server", traces),
  await check("relay", relays),
  await check(
    "Vercel Edge function",
    () => follow("edsger", () => startEdge("examples/vercel-edge/api/theme.ts", env)),
  ),
  await check("Vercel Edge function, Edge Config", keepsEdgeConfig),
  await runSteps([
    { name: "types of the Bun examples", command: ["tsc", "--project", "examples/bun"] },
    {
      name: "types of the Deno examples",
      command: ["deno", "check", "--quiet", "--unstable-kv", "examples/deno", "examples/deno-kv"],
    },
    { name: "node:test", command: [process.execPath, "--test", "examples/testing/node.test.js"] },
    { name: "bun test", command: ["bun", "test", "./examples/testing/bun.test.ts"] },
    { name: "deno test", command: ["deno", "test", "--quiet", "examples/testing/deno.test.ts"] },
  ]),
  await deployments,
];
await server.close();
finish(counts.reduce(add));

/** As the guide has it: variables in `.dev.vars`, `wrangler dev`, a request, a flip. */
async function flips(): Promise<void> {
  setDarkMode(true);
  await using example = await startWrangler("examples/workers", env);
  same("the theme", await example.themeOf("adele"), "dark\n");
  api.patchFlag("dark-mode", { enabled: false });
  for (let requests = 0; await example.themeOf("adele") !== "light\n"; requests++) {
    if (requests > 100) throw new Error("It does not see that the flag is off");
    await sleep(50);
  }
  await example.stop();
}

async function answersFromThread(): Promise<void> {
  const path = "examples/worker-threads/main.js";
  const { stdout } = await promisify(execFile)(process.execPath, [path], { env: { ...process.env, ...env } });
  same("it prints", stdout, "keyword search for red shoes\n");
}

async function evaluatesAlone(): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, ["examples/evaluate/main.js"]);
  same("it prints", stdout, "pro\nRULE_MATCH\n2\n");
}

async function answers(): Promise<void> {
  await using example = await startProcess([process.execPath, "examples/api/server.js"], {});
  const headers = { authorization: "sdk-local" };
  const { status } = await fetch(`${example.url}/v1/sdk/flags`, { headers });
  if (status !== 200) throw new Error(`It answers ${status}`);
}

/** Requests of one isolate at once, cold and then warm, each with a `waitUntil` of its own: every one has its flags. */
async function bursts(): Promise<void> {
  setDarkMode(true);
  await using example = await startWorker("examples/hono", env);
  for (const burst of ["cold", "warm"]) {
    const users = Array.from({ length: 100 }, (_, index) => `annie-${burst}-${index}`);
    const themes = new Set(await Promise.all(users.map((user) => example.themeOf(user))));
    if (themes.size !== 1 || !themes.has("dark\n")) {
      throw new Error(`${burst}: ${JSON.stringify([...themes])}`);
    }
  }
}

/** What the Cron trigger of one isolate writes to KV, all others read: no request of theirs costs the service any. */
async function keepsKv(): Promise<void> {
  await using fleet = await startFleet("examples/workers-kv", ["cron", "paris", "tokyo", "sydney"], env);
  for (const [isolate, enabled] of [["paris", true], ["tokyo", false], ["sydney", true]] as const) {
    setDarkMode(enabled);
    await fleet.trigger("cron");
    await readsOnly(fleet, isolate, enabled ? "dark\n" : "light\n");
  }
  same("fetches by the Cron trigger", fleet.fetchesOf("cron"), 3);
}

/** What the Cron writes to the Edge Config, all instances read: no request of theirs costs the service any. */
async function keepsEdgeConfig(): Promise<void> {
  const folder = "examples/vercel-edge-config/api";
  const vercel = await startFakeVercel();
  try {
    const connected = { ...env, EDGE_CONFIG: vercel.connectionString };
    await using cron = await startCron(`${folder}/refresh.ts`, {
      ...connected,
      VERCEL_ACCESS_TOKEN: vercel.token,
      VERCEL_API: vercel.url,
      CRON_SECRET: "secret",
    });
    const call = async (secret: string): Promise<string> => {
      const response = await fetch(cron.url, { headers: { authorization: `Bearer ${secret}` } });
      return `${response.status} ${await response.text()}`;
    };
    same("answer to a stranger", await call("guess"), "401 ");
    for (const [region, enabled] of [["fra1", true], ["iad1", false]] as const) {
      setDarkMode(enabled);
      same("answer to the Cron", await call("secret"), "204 ");
      await using instance = await startEdge(`${folder}/theme.ts`, connected);
      // Fewer than make five minutes of its clock: from there on the writer counts as gone.
      for (const user of ["edith", "erna", "elsa"]) {
        same(`theme in ${region}`, await instance.themeOf(user), enabled ? "dark\n" : "light\n");
      }
      await instance.stop();
      same(`fetches in ${region}`, instance.fetches, 0);
    }
    await cron.stop();
  } finally {
    await vercel.close();
  }
}

/** The alarm of the object keeps it fresh; no request of others costs the service any. It rings every 20 s, and here sooner. */
async function keepsDurableObject(): Promise<void> {
  const entry = `
import worker, { Snapshots as Kept } from "example";
export class Snapshots extends Kept { refreshInterval = 200; }
export default worker;
`;
  setDarkMode(true);
  const isolates = ["object", "paris", "tokyo"] as const;
  await using fleet = await startFleet("examples/workers-durable-object", isolates, env, entry);
  const alarms = async (more: number): Promise<void> => {
    const before = fleet.fetchesOf("object");
    for (let wait = 0; fleet.fetchesOf("object") < before + more; wait++) {
      if (wait > 200) {
        throw new Error(`Its alarm does not ring: ${fleet.fetchesOf("object") - before} times of ${more}`);
      }
      await sleep(50);
    }
  };
  // The first request of all wakes the object.
  await fleet.themeOf("object", "wake-up");
  await alarms(2);
  await readsOnly(fleet, "paris", "dark\n");
  setDarkMode(false);
  await alarms(2);
  await readsOnly(fleet, "tokyo", "light\n");
}

async function readsOnly(fleet: Fleet, isolate: string, expected: string): Promise<void> {
  const users = Array.from({ length: 20 }, (_, index) => `${isolate}-${index}`);
  const themes = await Promise.all(users.map((user) => fleet.themeOf(isolate, user)));
  same(`themes of ${isolate}`, [...new Set(themes)].join(), expected);
  same(`fetches by ${isolate}`, fleet.fetchesOf(isolate), 0);
}

function same(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) {
    throw new Error(`${what}: ${JSON.stringify(found)} and not ${JSON.stringify(expected)}`);
  }
}

function setDarkMode(enabled: boolean): void {
  api.patchFlag("dark-mode", { enabled, rules: [], fallthrough: { type: "Fixed", variation: "on" } });
}

/** Each request is a span, and each span tells what the request has seen. */
async function traces(): Promise<void> {
  let output = "";
  let users = 0;
  await follow("joan", async () => {
    const example = await startProcess([process.execPath, "examples/opentelemetry/server.js"], env);
    return {
      ...example,
      themeOf(user) {
        users++;
        return example.themeOf(user);
      },
      async stop() {
        await example.stop();
        output = example.output;
      },
    };
  });
  const countOf = (pattern: RegExp): number => output.match(pattern)?.length ?? 0;
  same("spans", countOf(/name: 'GET \/'/g), users);
  same("events of spans", countOf(/name: 'feature_flag\.evaluation'/g), users);
  same("user ids", countOf(/'feature_flag\.context\.id': 'joan-\d+'/g), users);
  same("the first variation", /'feature_flag\.result\.variant': '(\w+)'/.exec(output)?.[1], "on");
}

/** A server behind the relay follows a flag as it does without, and its events arrive once both have ended. */
async function relays(): Promise<void> {
  const keys = { RELAY_KEYS: "relay-web,relay-jobs" };
  await using relay = await startProcess([process.execPath, "examples/relay/server.js"], { ...env, ...keys });
  const clientEnv = { FEATUREFLIP_SDK_KEY: "relay-jobs", FEATUREFLIP_BASE_URL: relay.url };
  await follow("margaret", async () => {
    const example = await startProcess([process.execPath, "examples/node/server.mjs"], clientEnv);
    return {
      ...example,
      async stop() {
        await example.stop();
        await relay.stop();
      },
    };
  });
}

/** An example follows a flag, ends cleanly, and all its events have arrived then. */
async function follow<T extends RunningExample>(
  user: string,
  start: () => Promise<T>,
  beforeStop: (example: T) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  setDarkMode(true);
  let requests = 0;
  await using example = await start();
  const theme = (): Promise<string> => example.themeOf(`${user}-${++requests}`);

  const before = await theme();
  if (before !== "dark\n") throw new Error(`It answers ${JSON.stringify(before)} while the flag is on`);
  api.patchFlag("dark-mode", { enabled: false });
  while (await theme() !== "light\n") {
    if (requests > 100) throw new Error("It does not see that the flag is off");
    await sleep(50);
  }

  await beforeStop(example);
  await example.stop();
  // Sets, because an event may arrive twice where the clock outruns an answer.
  const arrived = (): number => {
    const users = api.events.map(({ userId = "" }) => userId);
    return new Set(users.filter((userId) => userId.startsWith(`${user}-`))).size;
  };
  for (let wait = 0; arrived() < requests && wait < 100; wait++) await sleep(50);
  if (arrived() !== requests) throw new Error(`Of the events of ${requests} requests ${arrived()} arrived`);
}

/** Holds a connection open from here on: it sends half a request. A server has to end all the same. */
async function visit({ url }: RunningProcess): Promise<void> {
  const visitor = connect(Number(new URL(url).port), "127.0.0.1");
  visitor.on("error", () => {});
  await new Promise<void>((sent) => visitor.write("GET / HTTP/1.1\r\nhost: localhost\r\n", () => sent()));
  await sleep(500);
}

async function check(name: string, run: () => Promise<void>): Promise<Tally> {
  const start = performance.now();
  const failure = await run().then(() => undefined, String);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${failure === undefined ? "ok  " : "FAIL"}  ${name.padEnd(32)} ${seconds.padStart(6)} s`);
  if (failure !== undefined) console.log(failure.replaceAll(/^/gm, "      "));
  return failure === undefined ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}
