import { relative, resolve } from "node:path";
import { build } from "esbuild";
import type { Metafile, Plugin } from "esbuild";
import { COMMAND } from "./bundle-command.ts";
import { readEntries } from "./entries.ts";
import { shortenLocals } from "./shorten-locals.ts";

/** Where a module is imported from when it is not to be copied. */
type Shared = Readonly<Record<string, string>>;

const ERRORS: Shared = {
  "src/errors/configuration-error.ts": "./errors.js",
  "src/errors/featureflip-error.ts": "./errors.js",
  "src/errors/initialization-error.ts": "./errors.js",
};

const CLIENT: Shared = { "src/client/client.ts": "./mod.js" };

/**
 * Bundles the package into `outdir`, but for the command. A start on Node pays nearly a millisecond for each file that is
 * imported, so the client is one, beside the errors; what other entries use of its parts is a copy, which they share. All
 * is made short, since parsing is most of what an import takes anywhere. Lines are left for the excerpt that goes with an
 * uncaught error. There are no source maps: Deno reads them at every start, which takes longer than the module itself.
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
    bundlePart(outdir, [{ in: "src/errors/mod.ts", out: "errors" }], {}),
    bundlePart(outdir, main, ERRORS),
    bundlePart(outdir, others, { ...ERRORS, ...CLIENT }),
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
    charset: "utf8",
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
