/**
 * The bench: `npm run bench` builds what npm gets, measures it beside the floor and other SDKs, and prints a table.
 * What the options mean, and what keeps it honest, is in README.md.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { buildBench } from "./build-bench.ts";
import type { MeasureOptions, MeasureResult } from "./measure.ts";
import { printTable } from "./print-table.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    ours: { type: "boolean", default: false },
    on: { type: "string", default: "node" },
    rounds: { type: "string" },
    markdown: { type: "boolean", default: false },
  },
});

const RUNTIMES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  node: [process.execPath, "--expose-gc"],
  bun: [resolve("node_modules/.bin/bun")],
  deno: [
    resolve("node_modules/.bin/deno"),
    "run",
    "--allow-all",
    "--v8-flags=--expose-gc",
  ],
};

const runtime = RUNTIMES[values.on];
if (runtime === undefined) {
  throw new TypeError(
    `--on must be one of ${Object.keys(RUNTIMES).join(", ")}`,
  );
}

const script = await buildBench();
const [file, ...flags] = runtime;
const api = spawn(process.execPath, [script, "api"], {
  stdio: ["pipe", "pipe", "inherit"],
});
const [url] = await once(api.stdout.setEncoding("utf8"), "data") as [string];
const options: MeasureOptions = {
  only: values.only.flatMap((names) => names.split(",")),
  ours: values.ours,
  rounds: Number(values.rounds ?? (values.ours ? 9 : 15)),
  sample: 20,
  api: url.trim(),
};
const child = spawn(file, [
  ...flags,
  script,
  "measure",
  JSON.stringify(options),
], {
  stdio: ["ignore", "pipe", "inherit"],
});
let output = "";
child.stdout.setEncoding("utf8").on("data", (chunk: string) => output += chunk);
const [code] = await once(child, "close") as [number];
api.stdin.end();
if (code !== 0) throw new Error(`The measurement has failed: ${output}`);
const result = JSON.parse(
  output.trimEnd().split("\n").at(-1)!,
) as MeasureResult;
printTable(result, values.markdown);
