import { build } from "esbuild";
import type { Metafile } from "esbuild";
import { COMMAND } from "./bundle-command.ts";
import { readEntries } from "./entries.ts";
import { shortenLocals } from "./shorten-locals.ts";

/**
 * Bundles the package into `outdir`, but for the command: one module per entry with shared chunks, since importing eighty
 * small files costs a cold start on Node, and made short, since parsing is most of what an import takes anywhere. Lines
 * are left for the excerpt that goes with an uncaught error, and maps for the rest.
 */
export async function bundle(outdir: string): Promise<Metafile> {
  const entries = (await readEntries()).filter(({ name }) => name !== COMMAND);
  const { metafile } = await build({
    entryPoints: entries.map(({ source, module }) => ({
      in: source,
      out: module.replace(/^\.\/dist\//, "").replace(/\.js$/, ""),
    })),
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    packages: "external",
    format: "esm",
    platform: "neutral",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    plugins: [shortenLocals],
    minifyWhitespace: true,
    lineLimit: 120,
    sourcemap: "linked",
    metafile: true,
    logLevel: "warning",
  });
  return metafile;
}
