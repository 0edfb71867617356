/** The one gate before a commit: `npm run ok`; with `--after-test` only what `npm test` has not just done. */
import { readdirSync } from "node:fs";
import process from "node:process";
import { BUILD, runTests } from "./run-tests.ts";
import { add, finish, runSteps } from "./steps.ts";
import type { Step } from "./steps.ts";

/** Where a runtime makes a difference. Deno's engine is Node's, so in CI it repeats these tests only. */
const HOST_TESTS = [
  "unit/adapters",
  "unit/cli",
  "unit/client",
  "unit/http",
  "unit/runtime",
  "unit/server",
  "system/delivery",
  "system/relay",
];

/** In CI, Bun and Deno leave to Node the long outages on a handed-in clock, and the scripts, which run there alone. */
const NODE_TESTS: readonly string[] = ["faults"];

const bunTests = process.env.CI
  ? [
    "./test/unit/",
    ...readdirSync("test/system").filter((folder) => !NODE_TESTS.includes(folder)).map((folder) =>
      `./test/system/${folder}/`
    ),
  ]
  : ["./test/"];
const isAfterTest = process.argv.includes("--after-test");

const denoTests = process.env.CI ? HOST_TESTS.map((folder) => `test/${folder}/`) : [];

/** What reads the sources and nothing else. */
const GATES: readonly Step[] = [
  { name: "format", command: ["deno", "fmt", "--check"] },
  { name: "lint", command: ["deno", "lint"] },
  { name: "types", command: ["tsc"] },
  { name: "web-only types", command: ["tsc", "--project", "tsconfig.web.json"] },
  { name: "bytes", command: ["npm", "run", "--silent", "bytes"] },
  { name: "docs", command: ["npm", "run", "--silent", "docs"] },
  { name: "JSR", command: ["deno", "publish", "--quiet", "--dry-run", "--allow-dirty"] },
];

const BUN_TESTS: Step = {
  name: "unit tests, Bun",
  command: ["bun", "test", "--conditions=source", "--timeout=120000", ...bunTests],
};

const build = await runSteps(isAfterTest ? [] : [BUILD]);
const tallies = [
  build,
  // Each of them keeps one core busy.
  ...await Promise.all([runSteps(GATES), runSteps([BUN_TESTS])]),
  await runSteps([
    { name: "npm", command: ["npm", "run", "--silent", "pack:check"] },
    { name: "packed install", command: ["npm", "run", "--silent", "test:package"] },
    { name: "unit tests, Deno", command: ["npm", "run", "--silent", "test:unit:deno", "--", ...denoTests] },
    { name: "demo, Node", command: ["npm", "start", "--silent"] },
    // Bun keeps the user agent of the npm that runs this, and start.mjs goes by it.
    { name: "demo, Bun", command: ["bun", "start"], env: { npm_config_user_agent: undefined } },
    { name: "demo, Deno", command: ["deno", "task", "start"] },
  ]),
  ...(isAfterTest ? [] : [await runTests()]),
];
finish(tallies.reduce(add));
