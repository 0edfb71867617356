/**
 * `npm run test:nodes`, after `npm run build`: newer versions of Node than the one that runs this. npm's package `node` has
 * their binaries. Each runs the runtime suite, the tests of a process's end and of its async context, and an example.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { createEvaluationApi, serve } from "../../../src/server/mod.ts";
import { add, finish, runSteps } from "../../../scripts/steps.ts";
import type { Tally } from "../../../scripts/steps.ts";
import environment from "../../../examples/environment.json" with { type: "json" };
import { startProcess } from "../../system/examples/start-process.ts";
import { runNodes } from "../run-hosts.ts";

/** The newest of each line that is supported, exactly: `await using` is part of the language from Node 24 on. */
const VERSIONS = ["22.23.3", "24.21.0", "26.10.0"] as const;
const FIRST_WITH_USING = 24;

const SYSTEM_TESTS = ["client/lifetime", "client/async-context", "faults/dead-connection"]
  .map((name) => `test/system/${name}.test.ts`);

const nodes = await Promise.all(VERSIONS.map(async (version) => [version, await install(version)] as const));

let tally = await runNodes(nodes.map(([, node]) => node));
for (const [version, node] of nodes) tally = add(tally, await runOn(version, node));
const runtimes = [[process.execPath], ["bun"], ["deno", "run", "-A"]] as const;
for (const [file, ...args] of runtimes) {
  tally = add(tally, await useBlock(file, args, file !== process.execPath));
}
finish(tally);

/** Installs a version of Node into a folder of its own, and returns the path of its binary. */
async function install(version: string): Promise<string> {
  const folder = resolve(`.tmp/nodes/${version}`);
  const binary = `${folder}/node_modules/node/bin/node`;
  if (existsSync(binary)) return binary;
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/package.json`, '{ "private": true, "allowScripts": { "node": true } }');
  const options = ["--no-save", "--no-audit", "--no-fund", "--prefer-offline"];
  await promisify(execFile)("npm", ["install", ...options, `node@${version}`], { cwd: folder });
  return binary;
}

async function runOn(version: string, node: string): Promise<Tally> {
  // The tests start processes of their own, by the name `node`.
  const env = { PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--reporter=default"];
  const steps = await runSteps([{
    name: `Node ${version}, processes`,
    command: [node, ...vitest, "--testNamePattern=Node", ...SYSTEM_TESTS],
    env,
  }]);
  const using = await useBlock(node, [], Number.parseInt(version) >= FIRST_WITH_USING);
  return add(add(steps, using), await follow(version, node));
}

/** Runs `await using`, or expects that the runtime does not know it: docs/processes.md says where it does. */
async function useBlock(file: string, args: readonly string[], isKnown: boolean): Promise<Tally> {
  const script = ["test/runtime/nodes/await-using.mjs", resolve("dist")];
  const name = `await using, ${file.includes("/") ? await versionOf(file) : file}`;
  if (isKnown) return await runSteps([{ name, command: [file, ...args, ...script] }]);
  const failure = await promisify(execFile)(file, [...args, ...script]).then(() => "it ran", String);
  const isRefused = failure.includes("SyntaxError");
  console.log(`${isRefused ? "ok  " : "FAIL"}  ${name}: ${isRefused ? "not part of the language" : failure}`);
  return isRefused ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function versionOf(node: string): Promise<string> {
  return `Node ${(await promisify(execFile)(node, ["--version"])).stdout.trim()}`;
}

/** The streaming example follows a change, and ends by SIGTERM with its events delivered. */
async function follow(version: string, node: string): Promise<Tally> {
  const api = createEvaluationApi({ environment, sdkKeys: ["sdk-nodes"] });
  const server = await serve(api, { port: 0 });
  try {
    const settings = { FEATUREFLIP_SDK_KEY: "sdk-nodes", FEATUREFLIP_BASE_URL: server.url };
    const example = await startProcess([node, "examples/node/server.mjs"], settings);
    api.patchFlag("dark-mode", { rules: [], fallthrough: { type: "Fixed", variation: "on" } });
    const themes = [await example.themeOf("u0")];
    api.patchFlag("dark-mode", { enabled: false });
    const end = Date.now() + 30_000;
    let requests = 1;
    while (themes.length < 2) {
      const theme = await example.themeOf(`u${requests++}`);
      if (theme !== themes[0]) themes.push(theme);
      else if (Date.now() > end) throw new Error(`It still answers ${theme}`);
    }
    await example.stop();
    const users = new Set(api.events.map(({ userId }) => userId)).size;
    if (users !== requests) throw new Error(`Of the events of ${requests} requests ${users} arrived`);
    console.log(`ok    Node ${version}, streaming example`);
    return { passed: 1, failed: 0 };
  } catch (error) {
    console.log(`FAIL  Node ${version}, streaming example\n${error}`);
    return { passed: 0, failed: 1 };
  } finally {
    await server.close();
    await api.close();
  }
}
