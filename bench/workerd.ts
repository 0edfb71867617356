/**
 * The processor time of a cold request, of a warm one and of two changed snapshots in workerd, beside a minimal Worker and a
 * bare `JSON.parse` of the same response: `npx tsx -C source bench/workerd.ts`. Each sample is an isolate of its own, and the
 * Workers take turns. `--against FILE` adds a Worker with another build of the package. Linux only.
 */
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { resolve } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { bundle } from "../scripts/bundle.ts";
import { OUT } from "./build-bench.ts";
import { makeSnapshot } from "./environment.ts";
import { median } from "./median.ts";
import type { WireSnapshot } from "./wire.ts";

const { values } = parseArgs({
  options: {
    isolates: { type: "string", default: "15" },
    flags: { type: "string", default: "100,1000,10000" },
    against: { type: "string" },
  },
});
const isolates = Number(values.isolates);
const sizes = values.flags.split(",").map(Number);

/** The flags of a snapshot: 275 kB per 1,000 with two variations and no rules, or 457 kB as in the other benchmarks. */
const SHAPES = ["simple", "mixed"] as const;

/** What a Worker does with the snapshot. */
const KINDS = ["minimal", "JSON.parse", ...(values.against ? ["against"] : []), "ours", "bootstrap"];

/** A bootstrap is part of the Worker, which may not be as large as the largest environment. */
const LARGEST_BOOTSTRAP = 1000;

/** A process that has used no processor for so long is done with a request, in ms. */
const REST_MS = 30;

/** The processor time of one isolate's requests, in ms. */
interface Sample {
  readonly first: number;
  readonly warm: number;
  readonly changed: number;
  readonly again: number;
}

let version = 1;
const bodies = new Map<string, string>();
const origin = createServer((request, response) => {
  const [count, shape] = request.headers.authorization!.split("-");
  if (request.method === "POST") return void request.resume().on("end", () => response.writeHead(202).end());
  response.writeHead(200, { "content-type": "application/json", "etag": `"${version}"` });
  response.end(bodyOf(Number(count), shape!));
}).listen(0, "127.0.0.1");
await once(origin, "listening");
const { port } = origin.address() as { port: number };

await bundle(`${OUT}/dist`);
await buildWorker("ours", `${OUT}/dist/edge/mod.js`);
if (values.against) await buildWorker("against", resolve(values.against));

console.log(`${isolates} isolates each, ms of processor time (minimum / median)`);
console.log("flags           Worker      first request         warm  changed snapshot  changed again");
for (const [count, shape] of sizes.flatMap((count) => SHAPES.map((shape) => [count, shape] as const))) {
  const kinds = KINDS.filter((kind) => kind !== "bootstrap" || count <= LARGEST_BOOTSTRAP);
  for (const [kind, samples] of await measure(kinds, count, shape)) {
    const show = (part: keyof Sample): string => {
      const times = samples.map((sample) => sample[part]);
      return `${Math.min(...times).toFixed(1)} / ${median(times).toFixed(1)}`;
    };
    console.log(
      `${String(count).padStart(6)} ${shape.padEnd(6)}   ${kind.padEnd(10)}  ${show("first").padStart(13)}  ${
        show("warm").padStart(11)
      }  ${show("changed").padStart(16)}  ${show("again").padStart(13)}`,
    );
  }
}
origin.close();
origin.closeAllConnections();

async function buildWorker(name: string, sdk: string): Promise<void> {
  await build({
    entryPoints: ["bench/workerd-worker.ts"],
    outfile: `${OUT}/workerd-${name}.mjs`,
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd"],
    external: ["cloudflare:*", "node:*"],
    alias: { "@featureflip/sdk": sdk },
    logLevel: "error",
    minify: true,
  });
}

/** Measures isolates of all kinds in turns, so that what else the machine does meets all of them alike. */
async function measure(kinds: string[], count: number, shape: string): Promise<Map<string, Sample[]>> {
  const rounds = Array.from({ length: isolates }, (_, round) => round % 2 ? kinds.toReversed() : kinds);
  const turns = rounds.flatMap((round, at) => round.map((kind) => ({ kind, name: `${kind}-${at}` })));
  const before = await children();
  const workers = new Miniflare({
    cf: false,
    telemetry: { enabled: false },
    workers: turns.map(({ kind, name }) => ({
      name,
      modules: true as const,
      scriptPath: `${OUT}/workerd-${kind === "against" ? kind : "ours"}.mjs`,
      compatibilityDate: "2026-11-01",
      bindings: {
        KIND: kind,
        SDK_KEY: `${count}-${shape}`,
        ORIGIN: `http://127.0.0.1:${port}`,
        ...(kind === "bootstrap" && { BOOTSTRAP: bodyOf(count, shape) }),
      },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    })),
  });
  await workers.ready;
  const [pid] = (await children()).filter((child) => !before.includes(child));
  const samples = new Map<string, Sample[]>(kinds.map((kind) => [kind, []]));
  for (const { kind, name } of turns) {
    const url = await workers.unsafeGetDirectURL(name);
    const refresh = new URL("refresh", url);
    // Compiles and runs the script, which Cloudflare does not count as the request's time.
    await timed(pid!, new URL("idle", url));
    await timed(pid!, new URL("idle", url));
    const first = await timed(pid!, url);
    await timed(pid!, url);
    const warm = await timed(pid!, url);
    version++;
    const changed = await timed(pid!, refresh);
    version++;
    const again = await timed(pid!, refresh);
    samples.get(kind)!.push({ first, warm, changed, again });
  }
  await workers.dispose();
  return samples;
}

/** The processor time of all threads of a process for one request and what follows its answer, in ms. */
async function timed(pid: number, url: URL): Promise<number> {
  const start = await processorTime(pid);
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}: ${text}`);
  for (let last = start;;) {
    await sleep(REST_MS);
    const time = await processorTime(pid);
    if (time - last < 0.1) return time - start;
    last = time;
  }
}

async function processorTime(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const times = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(() => "0")),
  );
  return times.reduce((sum, text) => sum + Number(text.split(" ")[0]), 0) / 1e6;
}

async function children(): Promise<number[]> {
  const text = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}

function bodyOf(count: number, shape: string): string {
  const name = `${count} ${shape} ${version}`;
  let body = bodies.get(name);
  if (body === undefined) {
    bodies.clear();
    const snapshot = shape === "simple" ? simpleSnapshot(count) : makeSnapshot(count, version);
    bodies.set(name, body = JSON.stringify(snapshot));
  }
  return body;
}

function simpleSnapshot(count: number): WireSnapshot {
  const [flag] = makeSnapshot(1).flags;
  const flags = Array.from({ length: count }, (_, at) => ({
    ...flag!,
    ...(at > 0 && { key: `flag-${at}-checkout` }),
    description: "A flag of the shop",
  }));
  return { environment: "env-bench", version, flags, segments: [] };
}
