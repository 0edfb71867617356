/**
 * Builds what npm gets into `dist/`: one bundled, unminified module per entry with shared chunks (importing
 * eighty small files costs a cold start on Node), and declarations beside them.
 */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import process from "node:process";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Metafile } from "esbuild";
import { readEntries } from "./entries.ts";

const entries = await readEntries();
await rm("dist", { recursive: true, force: true });

const { metafile } = await build({
  entryPoints: entries.map(({ source, module }) => ({
    in: source,
    out: module.replace(/^\.\/dist\//, "").replace(/\.js$/, ""),
  })),
  outdir: "dist",
  bundle: true,
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  packages: "external",
  format: "esm",
  platform: "neutral",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});

await promisify(execFile)(process.execPath, [
  "node_modules/typescript/bin/tsc",
  "--project",
  "tsconfig.build.json",
])
  .catch(({ stdout }) => {
    throw new Error(`Cannot emit declarations:\n${stdout}`);
  });

const core = importsOf(metafile, "dist/mod.js");
const foreign = [...core].filter((path) => !["eventsource-parser", "valibot"].includes(packageName(path)));
if (foreign.length > 0) throw new Error(`Cannot publish: the core imports ${foreign.join(", ")}`);

for (const { module } of entries) {
  const output = metafile.outputs[module.replace(/^\.\//, "")];
  console.log(`${module}  ${((output?.bytes ?? 0) / 1024).toFixed(1)} kB`);
}

/** Everything outside `dist/` that a built module imports, through its chunks too. */
function importsOf({ outputs }: Metafile, path: string, seen: Set<string> = new Set()): Set<string> {
  const external = new Set<string>();
  if (seen.has(path)) return external;
  seen.add(path);
  for (const found of outputs[path]?.imports ?? []) {
    if (found.external) external.add(found.path);
    else for (const inner of importsOf({ outputs } as Metafile, found.path, seen)) external.add(inner);
  }
  return external;
}

function packageName(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
