/** `npm run test:bursts`: a Worker under bursts of aborted requests, in workerd, over `dist/`; BURSTS says how many. */
import process from "node:process";
import { build } from "esbuild";
import { finish, runSteps } from "../../scripts/steps.ts";

const outdir = ".tmp/bursts";
const shared = {
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
  tsconfigRaw: {},
} as const;
await build({ ...shared, entryPoints: ["test/bursts/host.ts"], platform: "node", packages: "external" });
await build({ ...shared, entryPoints: ["test/bursts/worker.ts"], conditions: ["workerd"] });

const bursts = process.env.BURSTS ?? "10";
finish(
  await runSteps(
    // Before and after WeakRef came to Workers (2025-05-05).
    ["2024-09-23", "2026-04-01"].map((date) => ({
      name: `bursts, workerd, ${date}`,
      command: [process.execPath, `${outdir}/host.mjs`, `${outdir}/worker.mjs`, date, bursts] as const,
      timeout: Number(bursts) * 15_000 + 60_000,
    })),
  ),
);
