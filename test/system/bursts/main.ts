/** `npm run test:bursts`: a Worker under bursts of aborted requests, in workerd, over `dist/`; BURSTS says how many. */
import { build } from "esbuild";
import process from "node:process";
import { add, finish, runSteps } from "../../../scripts/steps.ts";
import type { Step } from "../../../scripts/steps.ts";

/** Before WeakRef came to Workers, on the day it came; on the day `process` came, and after. */
const COMPATIBILITY_DATES = ["2024-09-23", "2025-05-05", "2026-08-04", "2026-11-01"];

const outdir = ".tmp/bursts";
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
  entryPoints: ["test/system/bursts/host.ts"],
  platform: "node",
  packages: "external",
});
await build({
  ...shared,
  entryPoints: ["test/system/bursts/worker.ts"],
  conditions: ["workerd"],
  external: ["cloudflare:*"],
});

const bursts = process.env.BURSTS ?? "3";
const steps = COMPATIBILITY_DATES.map((date): Step => ({
  name: `bursts, workerd, ${date}`,
  command: [process.execPath, `${outdir}/host.mjs`, `${outdir}/worker.mjs`, date, bursts],
  timeout: Number(bursts) * 130_000 + 180_000,
}));
// Two at a time: each waits more than it works.
const tallies = await Promise.all([steps.slice(0, 2), steps.slice(2)].map(runSteps));
finish(tallies.reduce(add));
