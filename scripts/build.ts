/** Builds what npm gets into `dist/`: a bundled module per entry, the command, and declarations beside them. */
import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import { promisify } from "node:util";
import type { Metafile } from "esbuild";
import { bundle } from "./bundle.ts";
import { bundleCommand } from "./bundle-command.ts";
import { readEntries } from "./entries.ts";

// Clients are async disposable, which the `lib` of a consumer who targets ES2022 does not know.
const DECLARATIONS_HEAD = `/// <reference lib="esnext.disposable" />\n`;

const entries = await readEntries();
await rm("dist", { recursive: true, force: true });

const metafile = await bundle("dist");
const commandMetafile = await bundleCommand("dist");

await promisify(execFile)(process.execPath, [
  "node_modules/typescript/bin/tsc",
  "--project",
  "tsconfig.build.json",
])
  .catch(({ stdout }) => {
    throw new Error(`Cannot emit declarations:\n${stdout}`);
  });

for (const { types } of entries) await writeFile(types, DECLARATIONS_HEAD + await readFile(types, "utf8"));

// The core runs where there is no `node:`, and is small, so it imports nothing.
const { external: foreign } = reach(metafile, "dist/mod.js");
if (foreign.length > 0) throw new Error(`Cannot publish: the core imports ${foreign.join(", ")}`);

const outputs = { ...metafile.outputs, ...commandMetafile.outputs };
for (const { module } of entries) {
  const { bytes } = reach({ outputs }, module.replace(/^\.\//, ""));
  console.log(`${module}  ${(bytes / 1024).toFixed(1)} kB with its chunks`);
}

/** What a built module is made of, through its chunks: its size, and all it imports from elsewhere. */
function reach({ outputs }: Pick<Metafile, "outputs">, entry: string): { bytes: number; external: string[] } {
  const files = new Set([entry]);
  const external = new Set<string>();
  for (const file of files) {
    for (const imported of outputs[file]?.imports ?? []) {
      (imported.external ? external : files).add(imported.path);
    }
  }
  const bytes = [...files].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
  return { bytes, external: [...external] };
}
