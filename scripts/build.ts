/** Builds what npm gets into `dist/`: a bundled module per entry, the command, their source maps and declarations. */
import { chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { Metafile } from "esbuild";
import { bundle } from "./bundle.ts";
import { bundleDeclarations } from "./declarations.ts";

await rm("dist", { recursive: true, force: true });
const [metafile] = await Promise.all([bundle("dist"), bundleDeclarations("dist")]);
await chmod("dist/cli.js", 0o755);
await writeFile("dist/LICENSES.txt", await licensesOf(metafile));

// The core runs where there is no `node:`, and is one file.
const imports = metafile.outputs["dist/mod.js"]!.imports.map(({ path }) => path);
if (imports.length > 0) {
  throw new Error(`Cannot build: the core must import nothing, but imports ${imports.join(", ")}`);
}

/** The licenses of the packages that are bundled, which must accompany every copy. */
async function licensesOf({ inputs }: Metafile): Promise<string> {
  const packages = Object.keys(inputs)
    .flatMap((path) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  const texts = [...new Set(packages)].sort().map(async (name) => {
    const files = await readdir(`node_modules/${name}`);
    const file = files.find((file) => /^licen[cs]e/i.test(file));
    return `${name}\n\n${await readFile(`node_modules/${name}/${file}`, "utf8")}`;
  });
  const list = (await Promise.all(texts)).join(`\n${"-".repeat(78)}\n\n`);
  return `cli.js, server.js and their chunks contain these packages.\n\n${list}`;
}
