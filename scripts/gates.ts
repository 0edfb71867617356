/**
 * Runs what proves the project, `tsx scripts/gates.ts MODE`:
 * `test`: the build, unit tests and the runtime suite. `ok`: everything that needs no Redis, browser or other Node. `ci`:
 * what `test` leaves out, and those. `wide`: matrices that take too long for each change. `soak`: clients whose connections
 * break for ten minutes, property tests with many more seeds, and 1,000 rounds of edits and kills around `featureflip dev`.
 */
import { readdirSync } from "node:fs";
import process from "node:process";
import { add, finish, runSteps } from "./steps.ts";
import type { Step, Tally } from "./steps.ts";

const MINUTE = 60_000;

/** Where a runtime makes a difference. Deno's engine is Node's, so in CI it repeats these tests only. */
const HOST_TESTS = [
  ...["adapters", "cli", "client", "http", "runtime", "server"].map((folder) => `test/unit/${folder}/`),
  ...["client", "delivery", "relay"].map((folder) => `test/system/${folder}/`),
];

/** In CI, Bun leaves long outages on a handed-in clock to Node. */
const BUN_SYSTEM = readdirSync("test/system").filter((name) => !process.env.CI || name !== "faults")
  .map((name) => `./test/system/${name}/`);

/** Makes `dist/`, which Node, workerd and the Edge VM run. */
const BUILD = script("build", "build");

const TEST: readonly Step[] = [
  script("unit tests", "test:unit", "test/unit", "test/scripts", "examples"),
  script("runtime suite", "test:runtime"),
];

/** What reads files and runs nothing. */
const GATES: readonly Step[] = [
  { name: "format", command: ["deno", "fmt", "--check"] },
  { name: "lint", command: ["deno", "lint"] },
  script("types", "check"),
  script("web-only types", "check:web"),
  script("folder order, cycles", "check:order"),
  script("unused code", "check:unused"),
  script("size of files and functions", "check:house"),
  script("public API", "api"),
  script("types, four compilers", "test:types"),
  script("bytes", "bytes"),
  script("docs", "docs"),
  { name: "JSR", command: ["deno", "publish", "--quiet", "--dry-run", "--allow-dirty"] },
  script("npm", "pack:check"),
];

/** Mostly busy. */
const SYSTEM: readonly Step[] = [
  script("system tests", "test:unit", "test/system"),
  script("packed install", "test:package"),
  script("in existing projects", "test:apps"),
  script("the command", "test:cli"),
  script("docs' code and commands", "test:docs"),
  { name: "demo, Node", command: ["npm", "start", "--silent"] },
  // Bun keeps the user agent of the npm that runs this, and start.mjs reads it.
  { name: "demo, Bun", command: ["bun", "start"], env: { npm_config_user_agent: undefined } },
  { name: "demo, Deno", command: ["deno", "task", "start"] },
];

/** Those that mostly wait, for clocks that nobody can hand in, come first. */
const SERVERS: readonly Step[] = [
  script("bursts of requests", "test:bursts"),
  script("shared stores", "test:stores"),
  script("OFREP providers", "test:ofrep"),
  script("examples", "test:examples"),
];

/** Installs what they need. */
const INSTALLS: readonly Step[] = [
  script("Node 22, 24 and 26", "test:nodes"),
  script("a Next.js application", "test:next", "Chromium"),
];

/** Needs Redis, which `.ci/run` installs. */
const REDIS = script("the Redis store, on a real Redis", "test:redis");

/** Need Chromium, which `.ci/run` installs. */
const BROWSER: readonly Step[] = [
  script("featureflip dev, in Chromium", "test:browser"),
  script("a React page with OFREP", "test:ofrep", "Chromium"),
];

const OTHER_HOSTS: readonly Step[] = [
  // Bun runs all files in one process; what the unit tests leave in it slows the system tests down.
  script("unit tests, Bun", "test:unit:bun", "./test/unit/"),
  script("system tests, Bun", "test:unit:bun", ...BUN_SYSTEM),
  script("unit tests, Deno", "test:unit:deno", ...(process.env.CI ? HOST_TESTS : [])),
];

const WIDE: readonly Step[] = [
  BUILD,
  { ...script("existing projects, the whole matrix", "test:apps", "wide"), timeout: 120 * MINUTE },
  { ...script("bursts of requests", "test:bursts"), env: { BURSTS: "50" } },
  { ...script("a fleet at the edge, two minutes", "test:bursts", "fleet"), timeout: 60 * MINUTE },
  script("every event accounted for, 100 to 20,000 a second", "test:accounting"),
  { ...script("frameworks", "test:frameworks"), timeout: 30 * MINUTE },
  ...["1", "2", "3"].flatMap((run) => [
    script(`faults, Bun, run ${run}`, "test:unit:bun", "./test/system/faults/", "./test/system/delivery/"),
    script(`faults, Deno, run ${run}`, "test:unit:deno", "test/system/faults", "test/system/delivery"),
  ]),
];

const SEEDS: Step = {
  ...script("unit tests, all seeds", "test:unit", `--testTimeout=${30 * MINUTE}`),
  env: { SOAK: "1" },
  timeout: 30 * MINUTE,
};

const INTERLEAVINGS: Step = {
  name: "flips, edits and kills of two servers on one file",
  command: ["tsx", "-C", "source", "test/system/cli/interleavings.ts", "1000"],
  timeout: 60 * MINUTE,
};

const [mode] = process.argv.slice(2);
finish(await run());

async function run(): Promise<Tally> {
  if (mode === "wide") return await runSteps(WIDE);
  if (mode === "soak") return await runSteps([soak(600), SEEDS, INTERLEAVINGS]);
  const isCi = mode === "ci";
  // The runtime suite is one process at a time, and the unit tests wait for sockets now and then.
  const tests = isCi ? [] : [await runSteps([BUILD]), ...await runLanes(...TEST.map((step) => [step]))];
  if (mode === "test") return tests.reduce(add);
  // Two lanes begin with what keeps a core busy, the third with what waits. Browsers come when the compilers are done.
  const lanes = await runLanes(
    [...GATES, ...SYSTEM],
    [...OTHER_HOSTS, ...(isCi ? INSTALLS : [])],
    [soak(20), ...(isCi ? [REDIS] : []), ...SERVERS, ...(isCi ? BROWSER : [])],
  );
  return [...tests, ...lanes].reduce(add);
}

/** Runs lists of steps side by side. */
async function runLanes(...lanes: readonly (readonly Step[])[]): Promise<readonly Tally[]> {
  return await Promise.all(lanes.map(runSteps));
}

/** Clients whose connections break for so many seconds, and then recover. */
function soak(seconds: number): Step {
  const command = ["tsx", "-C", "source", "test/system/soak/main.ts", String(seconds)] as const;
  return { name: `soak, ${seconds} s`, command, timeout: 2 * seconds * 1_000 + 2 * MINUTE };
}

function script(name: string, npmScript: string, ...args: readonly string[]): Step {
  return { name, command: ["npm", "run", "--silent", npmScript, "--", ...args], timeout: 15 * MINUTE };
}
