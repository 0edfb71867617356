/** `npm run test:stores`: the contract suite of shared stores on the platforms that offer them, over `dist/`. */
import { build } from "esbuild";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { finish, runSteps } from "../../../scripts/steps.ts";

const outdir = ".tmp/stores";
const shared = {
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
  // Entries import the chunks they share; of an installed package esbuild does not mention it.
  logOverride: { "ignored-bare-import": "silent" },
  tsconfigRaw: {},
} as const;
await build({
  ...shared,
  entryPoints: ["test/system/stores/hosts/workerd.ts"],
  platform: "node",
  packages: "external",
});
await build({
  ...shared,
  entryPoints: ["test/system/stores/hosts/worker.ts"],
  conditions: ["workerd"],
  external: ["cloudflare:*"],
});

await build({
  ...shared,
  entryPoints: ["test/system/stores/hosts/edge.ts"],
  platform: "node",
  packages: "external",
});
await build({
  ...shared,
  entryPoints: ["test/system/stores/hosts/edge-script.ts"],
  format: "iife",
  conditions: ["edge-light"],
});

const folder = await mkdtemp(join(tmpdir(), "featureflip-kv-"));
const kv = join(folder, "kv");
try {
  finish(
    await runSteps([
      ...["2024-09-23", "2026-04-01"].map((date) => ({
        name: `Cloudflare's stores, ${date}`,
        command: [process.execPath, `${outdir}/workerd.mjs`, `${outdir}/worker.mjs`, date] as const,
      })),
      {
        name: "Edge Config, Edge VM",
        command: [process.execPath, `${outdir}/edge.mjs`, `${outdir}/edge-script.mjs`],
      },
      {
        name: "Deno KV",
        command: [
          "deno",
          "run",
          "--no-prompt",
          "--unstable-kv",
          `--allow-read=${folder}`,
          `--allow-write=${folder}`,
          "test/system/stores/hosts/deno.ts",
          kv,
        ],
      },
      {
        name: "types of Deno KV",
        command: ["deno", "check", "--quiet", "test/system/stores/hosts/deno-types.ts"],
      },
    ]),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
