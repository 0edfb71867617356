/**
 * `npm run test:bursts`: a Worker under bursts of aborted requests, in workerd, over `dist/`; BURSTS says how many. With
 * `fleet`: twenty isolates under load for two minutes in which the service fails, with each store.
 */
import { build } from "esbuild";
import process from "node:process";
import { add, finish, runSteps } from "../../../scripts/steps.ts";
import type { Step } from "../../../scripts/steps.ts";

/** Before WeakRef came to Workers, on the day it came; on the day `process` came, and after. */
const COMPATIBILITY_DATES = ["2024-09-23", "2025-05-05", "2026-08-04", "2026-11-01"];

const STORES = ["", "kv", "object", "redis"];

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
  entryPoints: ["test/system/bursts/host.ts", "test/system/bursts/fleet.ts"],
  platform: "node",
  packages: "external",
});
await build({
  ...shared,
  entryPoints: ["test/system/bursts/worker.ts", "test/system/bursts/fleet-worker.ts"],
  conditions: ["workerd"],
  external: ["cloudflare:*"],
});

if (process.argv[2] === "fleet") finish(await runSteps(STORES.map(fleet)));
else {
  const steps = COMPATIBILITY_DATES.map(bursts);
  // Two at a time: each waits more than it works.
  const tallies = await Promise.all([steps.slice(0, 2), steps.slice(2)].map(runSteps));
  finish(tallies.reduce(add));
}

function bursts(date: string): Step {
  const count = process.env.BURSTS ?? "3";
  return {
    name: `bursts, workerd, ${date}`,
    command: [process.execPath, `${outdir}/host.mjs`, `${outdir}/worker.mjs`, date, count],
    timeout: Number(count) * 130_000 + 180_000,
  };
}

function fleet(store: string): Step {
  return {
    name: `fleet, ${store || "no store"}`,
    command: [process.execPath, `${outdir}/fleet.mjs`, `${outdir}/fleet-worker.mjs`, "2026-11-01", store],
    timeout: 20 * 60_000,
  };
}
