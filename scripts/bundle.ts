import { relative, resolve } from "node:path";
import { build } from "esbuild";
import type { Metafile, Plugin } from "esbuild";
import { COMMAND } from "./bundle-command.ts";
import { readEntries } from "./entries.ts";
import { shortenLocals } from "./shorten-locals.ts";

/** Where a module is imported from when it is not to be copied. */
type Shared = Readonly<Record<string, string>>;

/** What there must be one of, whichever entries an application imports: `instanceof` tells by them. */
const CLASSES: Shared = {
  "src/client/client.ts": "./mod.js",
  "src/errors/configuration-error.ts": "./mod.js",
  "src/errors/featureflip-error.ts": "./mod.js",
  "src/errors/initialization-error.ts": "./mod.js",
};

/**
 * Bundles the package into `outdir`, but for the command. A start on Node pays more than a millisecond for each file that
 * is imported, so the client is one; what other entries use of its parts is a copy, which they share. All is made short,
 * since parsing is most of what an import takes anywhere, and ASCII, which V8 reads as it stands. Lines are left for the
 * excerpt that goes with an uncaught error. There are no source maps: Deno reads them at every start, which takes longer
 * than the module itself.
 *
 * @returns What all of them are made of.
 */
export async function bundle(outdir: string): Promise<Metafile> {
  const entries = (await readEntries()).filter(({ name }) => name !== COMMAND)
    .map(({ source, module }) => ({
      in: source.replace(/^\.\//, ""),
      out: module.replace(/^\.\/dist\//, "").replace(/\.js$/, ""),
    }));
  const main = entries.filter(({ in: source }) => source === "mod.ts");
  const others = entries.filter((entry) => !main.includes(entry));
  const parts = await Promise.all([
    bundlePart(outdir, main, {}),
    bundlePart(outdir, others, CLASSES),
  ]);
  return {
    inputs: Object.assign({}, ...parts.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...parts.map(({ outputs }) => outputs)),
  };
}

async function bundlePart(
  outdir: string,
  entryPoints: { in: string; out: string }[],
  shared: Shared,
): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: "[name]-[hash]",
    packages: "external",
    format: "esm",
    platform: "neutral",
    target: "es2022",
    legalComments: "none",
    plugins: [importShared(shared), shortenLocals],
    minifyWhitespace: true,
    lineLimit: 120,
    metafile: true,
    logLevel: "warning",
  });
  for (const { imports } of Object.values(metafile.outputs)) {
    for (const imported of imports) {
      if (!imported.path.startsWith("./")) continue;
      imported.path = `${outdir}/${imported.path.slice(2)}`;
      delete imported.external;
    }
  }
  return metafile;
}

/** Has shared modules imported from where they are. */
function importShared(shared: Shared): Plugin {
  return {
    name: "import shared",
    setup({ onResolve }): void {
      onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
        const from = shared[relative("", resolve(resolveDir, path))];
        return from === undefined ? undefined : { path: from, external: true, sideEffects: false };
      });
    },
  };
}
