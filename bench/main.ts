/**
 * The benchmark: `npm run bench` builds the package as it is published, measures it against the floor and other SDKs,
 * and prints a table. README.md explains options and method.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { buildBench, OUT } from "./build-bench.ts";
import { drawChart } from "./draw-chart.ts";
import { measureBundles, measureColdStart, measureMemory } from "./footprint.ts";
import type { Figures, Runtime } from "./footprint.ts";
import type { MeasureOptions, MeasureResult } from "./measure.ts";
import { median } from "./median.ts";
import { OURS, PEERS } from "./peers.ts";
import { printTable } from "./print-table.ts";
import { workloads } from "./workloads.ts";
import type { Host } from "./workloads.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    ours: { type: "boolean", default: false },
    on: { type: "string", default: "node" },
    rounds: { type: "string" },
    markdown: { type: "boolean", default: false },
    picture: { type: "string" },
  },
});

const RUNTIMES: Readonly<Record<string, Runtime>> = {
  node: [process.execPath, "--expose-gc"],
  bun: [resolve("node_modules/.bin/bun")],
  deno: [
    resolve("node_modules/.bin/deno"),
    "run",
    "--allow-all",
    "--v8-flags=--expose-gc",
  ],
};

const MEASURE = `${OUT}/measure.mjs`;

/** How many processes share the rounds: compiled code differs between processes. */
const PROCESSES = 3;

const on = values.on as Host;
const runtime = RUNTIMES[on];
if (runtime === undefined) throw new TypeError(`--on must be one of ${Object.keys(RUNTIMES).join(", ")}`);

const parts = values.only.flatMap((names) => names.split(","));
const isChosen = (id: string): boolean => parts.length === 0 || parts.some((part) => id.includes(part));
const rounds = Number(values.rounds ?? 15);
const peers = values.ours ? OURS : [...OURS, ...PEERS];

await buildBench();
const results = await measureWork(runtime);
const footprint: Record<string, Figures> = {};
// The minimal floor only evaluates.
const weighed = peers.filter(({ name }) => name !== "minimal");
// The collectors of other runtimes count differently or have no API.
if (isChosen("memory") && values.on === "node") footprint.memory = await measureMemory(runtime, weighed);
if (isChosen("bundle")) footprint.bundle = await measureBundles(weighed);
if (isChosen("cold-start")) footprint["cold-start"] = await measureColdStart(runtime, weighed, rounds);
const figures = { ...mediansOf(results), ...footprint };
if (values.picture !== undefined) {
  const { minimal: _, ...shown } = figures.request!;
  for (const isDark of [false, true]) {
    const file = `${values.picture}/bench-${isDark ? "dark" : "light"}.svg`;
    await writeFile(
      file,
      drawChart("A request: fresh context, ten flags of 1,000", shown, isDark),
    );
  }
}
printTable(
  {
    figures,
    missing: Object.assign({}, ...results.map(({ missing }) => missing)),
    cannot: results[0]?.cannot ?? {},
  },
  { on, isMarkdown: values.markdown },
);

/** The results of each process. */
async function measureWork(runtime: Runtime): Promise<MeasureResult[]> {
  if (!workloads.some(({ id }) => isChosen(id))) return [];
  const api = spawn(process.execPath, [MEASURE, "api"], { stdio: ["pipe", "pipe", "inherit"] });
  const [url] = await once(api.stdout.setEncoding("utf8"), "data") as [string];
  const each = Math.ceil(rounds / PROCESSES);
  const options: MeasureOptions = {
    only: parts,
    ours: values.ours,
    rounds: each,
    sample: 20,
    api: url.trim(),
  };
  const results: MeasureResult[] = [];
  for (let left = rounds; left > 0; left -= each) {
    console.error(`process ${results.length + 1} of ${Math.ceil(rounds / each)}`);
    results.push(await measureOnce(runtime, options));
  }
  api.stdin.end();
  return results;
}

async function measureOnce([file, ...args]: Runtime, options: MeasureOptions): Promise<MeasureResult> {
  const child = spawn(file, [...args, MEASURE, "measure", JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => output += chunk);
  const [code] = await once(child, "close") as [number];
  if (code !== 0) throw new Error(`The measurement has failed: ${output}`);
  return JSON.parse(output.trimEnd().split("\n").at(-1)!) as MeasureResult;
}

/** The medians of all rounds of all processes, by workload and contender. */
function mediansOf(results: readonly MeasureResult[]): Record<string, Figures> {
  const medians: Record<string, Figures> = {};
  for (const [id, row] of Object.entries(results[0]?.samples ?? {})) {
    medians[id] = {};
    for (const name of Object.keys(row)) {
      medians[id][name] = median(results.flatMap(({ samples }) => samples[id]?.[name] ?? []));
    }
  }
  return medians;
}
