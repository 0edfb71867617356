import { resolve } from "node:path";
import { build } from "esbuild";
import { PEERS } from "./peers.ts";
import { bundle } from "../scripts/bundle.ts";

const OUT = "bench/.tmp";

/** Builds the package as npm gets it, fresh from the sources, and the bench around it; returns the script to run. */
export async function buildBench(): Promise<string> {
  await bundle(`${OUT}/dist`);
  await build({
    entryPoints: [
      "bench/measure.ts",
      "bench/driver.ts",
      ...PEERS.map((peer) => `bench/contenders/peers/${peer}.ts`),
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
    plugins: [{
      name: "what npm gets",
      setup({ onResolve }): void {
        onResolve(
          { filter: /^@featureflip\/sdk$/ },
          () => ({ path: "./dist/mod.js", external: true }),
        );
      },
    }],
  });
  return resolve(OUT, "measure.mjs");
}
