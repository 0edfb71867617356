/**
 * What a user gets: packs the package, installs the tarball into an empty project, then runs and type-checks a
 * small program there, and does what a newcomer does. `npm run test:package`, after `npm run build`.
 */
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { add, finish, runSteps } from "../../../scripts/steps.ts";
import { beNewcomer } from "./newcomer.ts";

// Outside the project, so that nothing is found in its node_modules by accident.
const consumer = await mkdtemp(join(tmpdir(), "featureflip-consumer-"));
try {
  await install(consumer);
  const tsc = resolve("node_modules/typescript/bin/tsc");
  const inConsumer = { cwd: consumer };
  const steps = await runSteps([
    { ...inConsumer, name: "installed, Node", command: [process.execPath, "main.mjs"] },
    { ...inConsumer, name: "installed, Bun", command: ["bun", "main.mjs"] },
    { ...inConsumer, name: "installed, Deno", command: ["deno", "run", "--no-prompt", "main.mjs"] },
    // What it writes is what typed.ts imports.
    ...[["node"], ["bun"], ["deno", "run", "-A"]].map(([runtime = "", ...args]) => ({
      ...inConsumer,
      name: `installed, featureflip pull, ${runtime}`,
      command: [runtime, ...args, "node_modules/.bin/featureflip", "pull"] as const,
    })),
    ...["bundler", "nodenext"].map((moduleResolution) => ({
      ...inConsumer,
      name: `installed, types: ${moduleResolution}`,
      command: [process.execPath, tsc, "--project", `tsconfig.${moduleResolution}.json`] as const,
    })),
  ]);
  finish(add(steps, await beNewcomer(consumer)));
} finally {
  await rm(consumer, { recursive: true, force: true });
}

/** Makes the consumer's project. What the package depends on is copied from here, so no network is needed. */
async function install(folder: string): Promise<void> {
  const run = promisify(execFile);
  const pack = ["pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", folder];
  const [tarball]: { filename: string }[] = JSON.parse((await run("npm", pack)).stdout);
  const local = ["valibot", "hono", "@hono/node-server"];
  await cp("test/system/package/fixture", folder, { recursive: true });
  await cp("examples/environment.json", join(folder, "featureflip.json"));
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({
      name: "consumer",
      private: true,
      type: "module",
      dependencies: {
        "@featureflip/sdk": `file:${tarball?.filename}`,
        ...Object.fromEntries(local.map((name) => [name, `file:${resolve("node_modules", name)}`])),
      },
    }),
  );
  await run(
    "npm",
    ["install", "--offline", "--install-links", "--ignore-scripts", "--no-audit", "--no-fund"],
    {
      cwd: folder,
    },
  );
}
