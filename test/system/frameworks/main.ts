/**
 * `npm run test:frameworks [-- NAME…]`, after `npm run build`: the applications of `examples/frameworks`, installed with the
 * packed package, built for production, started and asked. Each one follows a change of a flag.
 */
import { equal } from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";
import { finish } from "../../../scripts/steps.ts";
import { createEvaluationApi, serve } from "../../../src/server/mod.ts";
import { lastingPort } from "../../support/lasting-port.ts";

const APPS = "examples/frameworks";
const TARBALL = resolve(".tmp/package/featureflip-sdk.tgz");
const SDK_KEY = "sdk-frameworks";
const WAIT_MS = 120_000;
/** How long an application may take to end, while a visitor holds a connection open: less than Kubernetes waits by default. */
const GRACE_MS = 25_000;
/** Time limit of an install or a build. */
const RUN_MS = 900_000;

const DARK_MODE = {
  key: "dark-mode",
  type: "Boolean",
  enabled: true,
  variations: [{ key: "on", value: true }, { key: "off", value: false }],
  rules: [{
    id: "ada",
    conditionGroups: [{
      operator: "And",
      conditions: [{ attribute: "user_id", operator: "Equals", values: ["ada"] }],
    }],
    serve: { type: "Fixed", variation: "on" },
  }],
  fallthrough: { type: "Fixed", variation: "off" },
  offVariation: "off",
};

const chosen = process.argv.slice(2);
const names = (await readdir(APPS)).filter((name) => chosen.length === 0 || chosen.includes(name)).sort();

await run("npm", ["run", "pack"], process.cwd(), process.env);
let failed = 0;
for (const name of names) {
  const start = Date.now();
  const problem = await check(name).then(() => undefined, (error: Error) => error);
  if (problem !== undefined) failed++;
  const result = problem === undefined ? "ok  " : "FAIL";
  console.log(`${result}  ${name} (${((Date.now() - start) / 1_000).toFixed(0)} s)`);
  if (problem !== undefined) console.log(problem.message);
}
finish({ passed: names.length - failed, failed });

/** Builds and starts one application: `dark-mode` is off, on for one user, then on for all. */
async function check(name: string): Promise<void> {
  const api = createEvaluationApi({ sdkKeys: [SDK_KEY], environment: { flags: [DARK_MODE] } });
  const service = await serve(api, { port: 0 });
  // Outside the project, so that nothing is found in its node_modules by accident.
  const folder = await mkdtemp(join(tmpdir(), `featureflip-${name}-`));
  const port = await lastingPort();
  const env = {
    ...process.env,
    NODE_ENV: "production",
    PORT: String(port),
    HOST: "127.0.0.1",
    FEATUREFLIP_SDK_KEY: SDK_KEY,
    FEATUREFLIP_BASE_URL: service.url,
  };
  let stop = (): Promise<boolean> => Promise.resolve(true);
  try {
    await cp(join(APPS, name), folder, { recursive: true });
    const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    manifest.dependencies["@featureflip/sdk"] = `file:${TARBALL}`;
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    await run(
      "npm",
      ["install", "--include=dev", "--prefer-offline", "--no-audit", "--no-fund"],
      folder,
      env,
    );
    if (manifest.scripts.build !== undefined) await run("npm", ["run", "build"], folder, env);
    stop = startServer(manifest.scripts.start, folder, env);

    const read = (user: string): Promise<string> => readTheme(`http://127.0.0.1:${port}/?user=${user}`);
    await until("the application answers", async () => await read("bob") === "light");
    equal(await read("ada"), "dark");
    api.patchFlag("dark-mode", { fallthrough: { type: "Fixed", variation: "on" } });
    await until("a change is seen", async () => await read("bob") === "dark");
    const visitor = await visit(port);
    const start = Date.now();
    equal(await stop(), true, `it has not ended ${GRACE_MS / 1_000} s after SIGTERM`);
    console.log(`      ${name} ended after ${((Date.now() - start) / 1_000).toFixed(1)} s`);
    visitor.destroy();
    // The client was closed: its events have been sent.
    await until("events arrive", () => Promise.resolve(api.events.length > 0));
  } finally {
    await stop();
    await service.close();
    await api.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Holds a connection open from here on: it sends half a request. */
async function visit(port: number): Promise<Socket> {
  const visitor = connect(port, "127.0.0.1");
  visitor.on("error", () => {});
  await new Promise<void>((sent) => visitor.write("GET / HTTP/1.1\r\nhost: localhost\r\n", () => sent()));
  return visitor;
}

/** Starts the built application. Returns the function that asks it to end, and tells whether it did without being killed. */
function startServer(command: string, folder: string, env: NodeJS.ProcessEnv): () => Promise<boolean> {
  // Without npm, which may end before the application does; in a group of its own, for what it starts in turn.
  const PATH = `${join(folder, "node_modules/.bin")}${delimiter}${env.PATH}`;
  const server = spawn("sh", ["-c", `exec env ${command}`], {
    cwd: folder,
    env: { ...env, PATH },
    stdio: "ignore",
    detached: true,
  });
  const ended = new Promise<true>((resolve) => server.once("exit", () => resolve(true)));
  let stopping: Promise<boolean> | undefined;
  return () => stopping ??= stop();

  async function stop(): Promise<boolean> {
    signal("SIGTERM");
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => timer = setTimeout(resolve, GRACE_MS, false));
    const hasEnded = await Promise.race([ended, late]);
    clearTimeout(timer);
    if (!hasEnded) signal("SIGKILL");
    return hasEnded;
  }

  function signal(name: NodeJS.Signals): void {
    try {
      process.kill(-server.pid!, name);
    } catch {
      // It has ended.
    }
  }
}

/** The word that the application shows. */
async function readTheme(url: string): Promise<string> {
  try {
    const text = await (await fetch(url)).text();
    return /\b(dark|light)\b/.exec(text.replaceAll(/<(script|style)[\s\S]*?<\/\1>/g, ""))?.[0] ??
      text.slice(0, 200);
  } catch (error) {
    return String(error);
  }
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: RUN_MS });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => output += text);
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) {
    throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output.slice(-3_000)}`);
  }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + WAIT_MS;
  while (!await isSo()) {
    if (Date.now() > end) throw new Error(`still not so after ${WAIT_MS / 1_000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
