/**
 * `npm run test:apps`, after `npm run build`: installs the packed package in projects that people have, with the versions
 * that they have, and runs them. `-- wide` runs the whole matrix and writes its table to docs/compatibility.md.
 */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { add, finish, runSteps } from "../../scripts/steps.ts";
import type { Step, Tally } from "../../scripts/steps.ts";
import { MATRIX } from "./matrix.ts";
import type { Case } from "./matrix.ts";

const run = promisify(execFile);
const isWide = process.argv.includes("wide");

// Outside the project, so that nothing is found in its node_modules by accident.
const folder = await mkdtemp(join(tmpdir(), "featureflip-apps-"));
try {
  await run("npm", ["run", "pack"]);
  await cp("test/apps/tsc.mjs", join(folder, "tsc.mjs"));
  let tally: Tally = { passed: 0, failed: 0 };
  for (const [index, entry] of MATRIX.filter(({ daily }) => isWide || daily).entries()) {
    tally = add(tally, await runSteps(await prepare(entry, index)));
  }
  finish(tally);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Makes the project of a case; the first step installs. */
async function prepare(entry: Case, index: number): Promise<readonly Step[]> {
  const { app, commands, versions = {} } = entry;
  const cwd = join(folder, `${index}-${app}`);
  await cp(join("test/apps", app), cwd, { recursive: true });
  const path = join(cwd, "package.json");
  const manifest = JSON.parse(await readFile(path, "utf8"));
  manifest.dependencies["@featureflip/sdk"] = `file:${resolve(".tmp/package/featureflip-sdk.tgz")}`;
  for (const group of [manifest.dependencies, manifest.devDependencies]) {
    for (const name of Object.keys(group)) group[name] = versions[name] ?? group[name];
  }
  await writeFile(path, JSON.stringify(manifest, undefined, 2));
  const name = [app, ...Object.entries(versions).map(([name, version]) => `${name} ${version}`)].join(", ");
  return [
    {
      name: `${name}: install`,
      cwd,
      command: ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"],
    },
    ...commands.map((command) => ({
      name: `${name}: ${command.join(" ")}`,
      cwd,
      command: [process.execPath, ...command] as const,
    })),
  ];
}
