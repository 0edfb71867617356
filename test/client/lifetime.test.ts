import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wireFlag, wireSnapshot } from "../support/wire.ts";
import { Loopback } from "./loopback.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How each runtime is started with its garbage collector in reach. Node gets a bundle, the others the sources. */
const HOSTS: Readonly<Record<string, (script: string) => readonly string[]>> = {
  Node: (script) => ["node", "--expose-gc", join(directory, `${script}.mjs`)],
  Bun: (script) => [join(ROOT, "node_modules/.bin/bun"), `test/client/children/${script}.ts`],
  Deno: (script) => [
    join(ROOT, "node_modules/.bin/deno"),
    "run",
    "-A",
    "--v8-flags=--expose-gc",
    `test/client/children/${script}.ts`,
  ],
};

const SCRIPTS = ["drop-handles", "close-and-end", "poll-and-end", "fail-and-end"];

let directory: string;
let loopback: Loopback;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "featureflip-"));
  const bundling = {
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    absWorkingDir: ROOT,
  } as const;
  await build({
    ...bundling,
    entryPoints: SCRIPTS.map((script) => `test/client/children/${script}.ts`),
    outdir: directory,
    outExtension: { ".js": ".mjs" },
  });
  // Two copies of the package, as two versions of a dependency bring them.
  for (const copy of ["one", "two"]) {
    await build({ ...bundling, entryPoints: ["mod.ts"], outfile: join(directory, `${copy}.mjs`) });
  }
  await writeFile(join(directory, "copies.mjs"), COPIES);
  loopback = await Loopback.start(wireSnapshot([wireFlag("dark-mode")]));
}, 30_000);

afterAll(async () => {
  await loopback?.stop();
  await rm(directory, { recursive: true, force: true });
});

const COPIES = `
import * as one from "./one.mjs";
import * as two from "./two.mjs";
const options = { sdkKey: "sdk-copies", baseUrl: process.argv.at(-1) };
const warnings = [];
const logger = { debug() {}, info() {}, error() {}, warn: (message) => warnings.push(message) };
const first = await one.FeatureflipClient.create(options);
const second = new two.FeatureflipClient({ ...options, logger, flushInterval: 1_000 });
const shared = second.isInitialized;
const value = second.variation("dark-mode", {}, false);
second.track("bought", {});
await first.close();
const after = second.variation("dark-mode", {}, false);
await second.close();
console.log(JSON.stringify({ distinct: one.FeatureflipClient !== two.FeatureflipClient, shared, value, after, warnings }));
`;

/** What a child says, its exit code, and how long after its last word it was gone, in ms. */
async function run(command: readonly string[]) {
  const child = spawn(command[0]!, [...command.slice(1), loopback.origin], { cwd: ROOT, timeout: 20_000 });
  let said = "";
  let errors = "";
  child.stdout.on("data", (chunk) => said += chunk);
  child.stderr.on("data", (chunk) => errors += chunk);
  const code = await new Promise((resolve) => child.on("exit", resolve));
  if (code !== 0) throw new Error(`It ended with ${code}: ${errors}`);
  const { at, ...result } = JSON.parse(said) as Record<string, unknown>;
  return { result, lingered: Date.now() - Number(at) };
}

describe.each(Object.keys(HOSTS))("a process on %s", (host) => {
  const command = (script: string): readonly string[] => HOSTS[host]!(script);

  it(
    "gives back what a thousand dropped handles held, whatever refers back to them (contract §6)",
    async () => {
      const { result } = await run(command("drop-handles"));
      expect(result).toEqual({
        open: 51,
        armed: true,
        alive: 0,
        dropped: true,
        used: true,
        all: true,
        timers: 0,
        fresh: true,
      });
    },
    60_000,
  );

  it("ends by itself after close(), with streaming and events on (contract §6)", async () => {
    const before = loopback.events;
    const { result, lingered } = await run(command("close-and-end"));
    expect(result).toEqual({ value: true, sent: 2 });
    expect(loopback.events - before).toBe(2);
    expect(lingered, "ms from close() to the end").toBeLessThan(2_000);
  }, 30_000);

  it("ends by itself without close() when it polls (contract §6)", async () => {
    const { result, lingered } = await run(command("poll-and-end"));
    expect(result).toEqual({ value: true });
    expect(lingered, "ms from the last line to the end").toBeLessThan(2_000);
  }, 30_000);

  it("survives an initialization that fails while nobody looks", async () => {
    const { result, lingered } = await run(command("fail-and-end"));
    expect(result).toEqual({ state: "ERROR" });
    expect(lingered).toBeLessThan(2_000);
  }, 30_000);
});

describe("two copies of the package in one process", () => {
  it("share a core (contract §6)", async () => {
    const streams = (): number => loopback.requests.filter((request) => request.endsWith("/stream")).length;
    const [before, events] = [streams(), loopback.events];
    const { result } = await run(["node", join(directory, "copies.mjs")]);
    expect(result).toEqual({
      distinct: true,
      shared: true,
      value: true,
      after: true,
      warnings: [expect.stringContaining("flushInterval")],
    });
    expect(streams() - before).toBe(1);
    expect(loopback.events - events).toBe(3);
  }, 30_000);
});
