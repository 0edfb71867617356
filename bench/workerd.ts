/**
 * The processor time of a cold request, of a warm one and of a changed snapshot in workerd, beside a minimal Worker and a bare
 * `JSON.parse` of the same response: `npx tsx -C source bench/workerd.ts`. Each sample is an isolate of its own. Linux only.
 */
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
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
  },
});
const isolates = Number(values.isolates);
const sizes = values.flags.split(",").map(Number);

/** The flags of a snapshot: 275 kB per 1,000 with two variations and no rules, or 457 kB as in the other benchmarks. */
const SHAPES = ["simple", "mixed"] as const;

/** What a Worker does with the snapshot. */
const KINDS = ["minimal", "JSON.parse", "ours", "bootstrap"] as const;

/** A bootstrap is part of the Worker, which may not be as large as the largest environment. */
const LARGEST_BOOTSTRAP = 1000;

/** A process that has used no processor for so long is done with a request, in ms. */
const REST_MS = 30;

/** The processor time of one isolate's requests, in ms. */
interface Sample {
  readonly first: number;
  readonly warm: number;
  readonly changed: number;
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
await build({
  entryPoints: ["bench/workerd-worker.ts"],
  outfile: `${OUT}/workerd-worker.mjs`,
  bundle: true,
  format: "esm",
  target: "es2022",
  conditions: ["workerd"],
  external: ["cloudflare:*"],
  alias: { "@featureflip/sdk": `${OUT}/dist/edge/mod.js` },
  logLevel: "warning",
  minify: true,
});

console.log(`${isolates} isolates each, ms of processor time (medians)`);
console.log("flags           Worker      first request   warm   changed snapshot");
for (const [count, shape] of sizes.flatMap((count) => SHAPES.map((shape) => [count, shape] as const))) {
  for (const kind of KINDS) {
    if (kind === "bootstrap" && count > LARGEST_BOOTSTRAP) continue;
    const samples = await measure(kind, count, shape);
    const show = (part: keyof Sample): string => median(samples.map((sample) => sample[part])).toFixed(1);
    console.log(
      `${String(count).padStart(6)} ${shape.padEnd(6)}   ${kind.padEnd(10)}  ${show("first").padStart(13)}  ${
        show("warm").padStart(5)
      }  ${show("changed").padStart(17)}`,
    );
  }
}
origin.close();
origin.closeAllConnections();

async function measure(kind: string, count: number, shape: string): Promise<Sample[]> {
  const names = Array.from({ length: isolates }, (_, index) => `isolate-${index}`);
  const before = await children();
  const workers = new Miniflare({
    cf: false,
    telemetry: { enabled: false },
    workers: names.map((name) => ({
      name,
      modules: true as const,
      scriptPath: `${OUT}/workerd-worker.mjs`,
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
  const samples: Sample[] = [];
  for (const name of names) {
    const url = await workers.unsafeGetDirectURL(name);
    // Compiles and runs the script, which Cloudflare does not count as the request's time.
    await timed(pid!, new URL("idle", url));
    await timed(pid!, new URL("idle", url));
    const first = await timed(pid!, url);
    await timed(pid!, url);
    const warm = await timed(pid!, url);
    version++;
    const changed = await timed(pid!, new URL("refresh", url));
    samples.push({ first, warm, changed });
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
