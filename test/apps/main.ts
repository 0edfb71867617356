/**
 * `npm run test:apps`, after `npm run build`: installs the packed package in projects that people have, with the versions
 * that they have, and runs them. `-- wide` runs the whole matrix; with `--write` its table goes to docs/compatibility.md.
 * A text selects cases by their names: `-- wide jest`.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { add, finish, runSteps } from "../../scripts/steps.ts";
import type { Step, Tally } from "../../scripts/steps.ts";
import { MANAGERS, MATRIX } from "./matrix.ts";
import type { Case } from "./matrix.ts";

const GUIDE = "docs/compatibility.md";
const [isWide, isWriting] = ["wide", "--write"].map((word) => process.argv.includes(word));
const [wanted = ""] = process.argv.slice(2).filter((word) => word !== "wide" && word !== "--write");
const cases = MATRIX.filter(({ name, daily }) =>
  (isWide || daily) && name.toLowerCase().includes(wanted.toLowerCase())
);

const run = promisify(execFile);
// Outside the project, so that nothing is found in its node_modules by accident.
const folder = await mkdtemp(join(tmpdir(), "featureflip-apps-"));
try {
  await run("npm", ["run", "pack"]);
  await cp(".tmp/package/featureflip-sdk.tgz", join(folder, "featureflip-sdk.tgz"));
  await cp("test/apps/tsc.mjs", join(folder, "tsc.mjs"));
  const { stdout } = await run("npm", ["config", "get", "registry"]);
  const env = environmentOf(stdout.trim());
  let total: Tally = { passed: 0, failed: 0 };
  const rows: string[] = [];
  for (const [index, entry] of cases.entries()) {
    const tally = await runSteps(
      (await prepare(entry, index)).map((step) => ({ ...step, env, timeout: 900_000 })),
    );
    total = add(total, tally);
    rows.push(await rowOf(entry, tally));
  }
  if (isWriting) await writeTable(rows);
  finish(total);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Makes the project of a case; the first step installs. */
async function prepare(entry: Case, index: number): Promise<readonly Step[]> {
  const { name, app, commands, node, manager = "npm", versions = {} } = entry;
  const cwd = join(folder, `${index}-${app}`);
  await cp(join("test/apps", app), cwd, { recursive: true });
  const manifest = await readManifest(app);
  manifest.dependencies["@featureflip/sdk"] = "file:../featureflip-sdk.tgz";
  for (const group of [manifest.dependencies, manifest.devDependencies]) {
    for (const key of Object.keys(group)) group[key] = versions[key] ?? group[key]!;
  }
  await writeFile(join(cwd, "package.json"), JSON.stringify(manifest, undefined, 2));
  if (manager.startsWith("yarn")) await writeFile(join(cwd, "yarn.lock"), "");

  const runtime = node === undefined ? process.execPath : join(await toolOf(`node@${node}`), "bin/node");
  const where = [manager, node === undefined ? process.version : `v${node}`].join(", Node ");
  return [
    { name: `${name} (${where}): install`, cwd, command: await installation(manager) },
    ...commands.map((command) => ({
      name: `  ${command.join(" ")}`,
      cwd,
      command: [runtime, ...command] as const,
    })),
  ];
}

async function installation(manager: Case["manager"] = "npm"): Promise<Step["command"]> {
  if (manager === "npm") return ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"];
  const tool = await toolOf(MANAGERS[manager]);
  if (manager === "pnpm") {
    return [process.execPath, join(tool, "bin/pnpm.cjs"), "install", "--strict-peer-dependencies"];
  }
  if (manager === "yarn-1") {
    // Its usual cache knows an archive by name and version, and may hold an earlier build.
    const cache = ["--cache-folder", join(folder, "yarn-cache")];
    // It gives up an archive that takes 30 s, such as TypeScript's on a slow network.
    const patience = ["--network-timeout", "300000"];
    return [
      process.execPath,
      join(tool, "bin/yarn.js"),
      "install",
      "--non-interactive",
      ...cache,
      ...patience,
    ];
  }
  const linker = manager === "yarn" ? "node-modules" : "pnp";
  return ["env", `YARN_NODE_LINKER=${linker}`, process.execPath, join(tool, "bin/yarn.js"), "install"];
}

/** Installs a package that is a program, once, and returns its folder. */
async function toolOf(specifier: string): Promise<string> {
  const [, name = ""] = /^(@?[^@]+)@/.exec(specifier) ?? [];
  const prefix = join(folder, "tools", specifier.replaceAll("/", "-"));
  const tool = join(prefix, "node_modules", name);
  if (await readFile(join(tool, "package.json")).catch(() => undefined) !== undefined) return tool;
  await mkdir(prefix, { recursive: true });
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefix", prefix, specifier]);
  return tool;
}

/** Yarn does not read npm's settings. */
function environmentOf(registry: string): NonNullable<Step["env"]> {
  return {
    YARN_NPM_REGISTRY_SERVER: registry,
    YARN_UNSAFE_HTTP_WHITELIST: new URL(registry).hostname,
    YARN_ENABLE_IMMUTABLE_INSTALLS: "0",
    YARN_ENABLE_TELEMETRY: "0",
    YARN_NPM_MINIMAL_AGE_GATE: "0",
  };
}

async function rowOf(
  { name, app, node, manager = "npm", versions = {} }: Case,
  tally: Tally,
): Promise<string> {
  const { dependencies, devDependencies } = await readManifest(app);
  const packages = Object.entries({ ...dependencies, ...devDependencies, ...versions })
    .filter(([key]) => !key.startsWith("@types/") && !key.startsWith("@babel/"))
    .map(([key, version]) =>
      `${key.replace(/^typescript-.*/, "typescript")} ${version.replace(/^npm:.*@/, "")}`
    );
  const tool = manager === "npm"
    ? "npm"
    : MANAGERS[manager].replace(/^@yarnpkg\/cli-dist@/, "yarn@").replace("@", " ");
  const result = tally.failed === 0
    ? "works"
    : `**${tally.failed} of ${tally.passed + tally.failed} failed**`;
  return [name, tool, node ?? process.versions.node, packages.join(", "), result].join(" | ");
}

async function writeTable(rows: readonly string[]): Promise<void> {
  const table = [
    `Run on ${new Date().toISOString().slice(0, 10)}.`,
    "",
    "| project | installed by | Node | with | result |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
  ].join("\n");
  const text = await readFile(GUIDE, "utf8");
  await writeFile(GUIDE, text.replace(/(?<=<!-- test:wide -->\n)[^]*(?=<!-- end -->)/, `\n${table}\n\n`));
  await run("node_modules/.bin/deno", ["fmt", "--quiet", GUIDE]);
}

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

async function readManifest(app: string): Promise<Manifest> {
  return JSON.parse(await readFile(join("test/apps", app, "package.json"), "utf8"));
}
