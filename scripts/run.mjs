// Runs a TypeScript file on the oldest Node we support, which cannot by itself: `node scripts/run.mjs FILE [ARGS…]`.
import { readFile } from "node:fs/promises";
import { parse, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) throw new TypeError("Cannot run: name a TypeScript file");

// The package's own name stands for its sources, as it does on Deno and Bun.
const { name, exports } = JSON.parse(await readFile("deno.json", "utf8"));
const alias = Object.fromEntries(
  Object.entries(exports).map(([entry, source]) => [name + entry.slice(1), source]),
);

// Inside the project, so that packages resolve; a folder for each folder, so that runs side by side do not meet.
const { dir, name: stem } = parse(file);
const outfile = resolve(".tmp/run", dir.replaceAll(/\W+/g, "-"), `${stem}.mjs`);
await build({
  entryPoints: [resolve(file)],
  outfile,
  alias,
  bundle: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: "inline",
  logLevel: "warning",
});

process.setSourceMapsEnabled?.(true);
process.argv.splice(1, process.argv.length, outfile, ...args);
await import(pathToFileURL(outfile).href);
