import { build } from "esbuild";
import type { Metafile } from "esbuild";
import { COMMAND } from "./bundle-command.ts";
import { readEntries } from "./entries.ts";

/**
 * Bundles the package into `outdir`, but for the command: one unminified module per entry with shared chunks, since
 * importing eighty small files costs a cold start on Node.
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
    metafile: true,
    logLevel: "warning",
  });
  return metafile;
}
