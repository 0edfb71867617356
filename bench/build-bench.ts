import { resolve } from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";
import { OURS, PEERS } from "./peers.ts";
import { bundle } from "../scripts/bundle.ts";

/** The output folder of the benchmark's build. */
export const OUT: string = resolve("bench/.tmp");

/** Builds the package from the sources as it is published, and the benchmark. */
export async function buildBench(): Promise<void> {
  await bundle(`${OUT}/dist`);
  await build({
    entryPoints: [
      "bench/measure.ts",
      "bench/driver.ts",
      "bench/memory.ts",
      "bench/cold-start.ts",
      "bench/contenders/contender.ts",
      ...[...OURS, ...PEERS].map(({ file }) => `bench/contenders/${file}.ts`),
    ],
    outbase: "bench",
    outdir: OUT,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
    plugins: [whatNpmGets({ external: true })],
  });
}

/** Replaces the package's name by the built files. */
export function whatNpmGets({ external }: { readonly external: boolean }): Plugin {
  return {
    name: "what npm gets",
    setup({ onResolve }): void {
      onResolve({ filter: /^@featureflip\/sdk$/ }, () => ({ path: `${OUT}/dist/mod.js`, external }));
    },
  };
}
