import { build } from "esbuild";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { runSteps } from "../../scripts/steps.ts";
import type { Step, Tally } from "../../scripts/steps.ts";
import type { Vectors } from "./cases/conformance.ts";
import { startOrigin } from "./origin.ts";

const SHARED_VECTORS = process.env.FEATUREFLIP_VECTORS ?? "../shared/conformance/vectors.json";

// Before and after WeakRef came to Workers (2025-05-05), and before `cache` was a known fetch option (2024-11-11); with
// `process` by default (from 2026-08-04 on).
const COMPATIBILITY_DATES = ["2024-09-23", "2026-04-01", "2026-08-04", "2026-11-01"];

// An instant must not depend on where the machine stands (contract §3.5): west, east by a half hour, and UTC.
const TIME_ZONES = ["UTC", "America/New_York", "Asia/Kolkata"];

/**
 * Runs the one suite on Node, Bun, Deno, workerd and the Edge VM, and prints a line for each.
 *
 * @param only Runs the hosts whose name contains this text; all by default.
 */
export async function runHosts(only = ""): Promise<Tally> {
  const vectors = await readVectors();
  const script = await bundleHosts();
  const origin = await startOrigin(vectors);
  const { url } = origin;
  const { hostname } = new URL(url);

  const node = TIME_ZONES.map((TZ): Step => ({
    name: `Node ${process.versions.node}, ${TZ}`,
    command: [process.execPath, script("process"), url],
    env: { TZ },
  }));
  const workerd = COMPATIBILITY_DATES.map((date): Step => ({
    name: `workerd, ${date}`,
    command: [process.execPath, script("workerd"), url, script("worker"), date],
  }));
  const steps: Step[] = [
    ...node,
    { name: "Bun", command: ["bun", "--conditions=source", "test/runtime/hosts/process.ts", url] },
    {
      name: "Deno",
      command: [
        "deno",
        "run",
        "--no-prompt",
        `--allow-net=${hostname}`,
        "test/runtime/hosts/process.ts",
        url,
      ],
    },
    {
      name: "Deno, test sanitizers",
      command: [
        "deno",
        "test",
        "--quiet",
        "--no-prompt",
        `--allow-net=${hostname}`,
        "test/runtime/deno/sanitizers.ts",
      ],
    },
    ...workerd,
    {
      name: "workerd, OpenFeature",
      command: [
        process.execPath,
        script("workerd"),
        url,
        script("openfeature-worker"),
        "2026-04-01",
        "nodejs_compat",
      ],
    },
    { name: "Edge VM", command: [process.execPath, script("edge"), url, script("edge-script")] },
  ];
  const tally = await runSteps(steps.filter(({ name }) => name.includes(only)));
  await origin.close();
  return tally;
}

/** Runs the suite on other versions of Node, by the paths of their binaries. */
export async function runNodes(paths: readonly string[]): Promise<Tally> {
  const script = await bundleHosts();
  const origin = await startOrigin(await readVectors());
  const tally = await runSteps(paths.map((node) => ({
    name: `runtime suite, ${/[\d.]+(?=\/node_modules)/.exec(node)?.[0] ?? node}`,
    command: [node, script("process"), origin.url] as const,
  })));
  await origin.close();
  return tally;
}

/** The project's own vectors and, where they are at hand, the ones that all Featureflip SDKs share. */
async function readVectors(): Promise<Vectors[]> {
  const own: Vectors = JSON.parse(await readFile("test/system/conformance/vectors.json", "utf8"));
  try {
    return [own, JSON.parse(await readFile(SHARED_VECTORS, "utf8"))];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    console.log(`      shared conformance vectors: not at hand (FEATUREFLIP_VECTORS), the project's own run`);
    return [own];
  }
}

/** Bundles the host scripts around the built package; returns where each stands. */
async function bundleHosts(): Promise<(name: string) => string> {
  const outdir = ".tmp/runtime";
  const shared = {
    outdir,
    bundle: true,
    target: "es2022",
    logLevel: "warning",
    // Entries import the chunks they share; of an installed package esbuild does not mention it.
    logOverride: { "ignored-bare-import": "silent" },
    tsconfigRaw: {},
  } as const;
  const hosts = (...names: string[]): string[] => names.map((name) => `test/runtime/hosts/${name}.ts`);
  const outExtension = { ".js": ".mjs" };
  await Promise.all([
    build({
      ...shared,
      entryPoints: hosts("process", "workerd", "edge"),
      outExtension,
      format: "esm",
      platform: "node",
      packages: "external",
      // Keeps the dynamic import of the package dynamic.
      splitting: true,
    }),
    build({
      ...shared,
      entryPoints: hosts("worker", "openfeature-worker"),
      outExtension,
      format: "esm",
      conditions: ["workerd"],
      external: ["node:*", "async_hooks"],
    }),
    build({
      ...shared,
      entryPoints: hosts("edge-script"),
      outExtension,
      format: "iife",
      conditions: ["edge-light"],
    }),
  ]);
  return (name) => `${outdir}/${name}.mjs`;
}
