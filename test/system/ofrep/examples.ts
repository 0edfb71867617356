// The programs of `examples/ofrep` against `featureflip dev`, whose flips they follow.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import type { Page } from "playwright-core";
import { startProcess } from "../examples/start-process.ts";
import { startWrangler } from "../examples/start-wrangler.ts";
import peers from "./peers/package.json" with { type: "json" };

const TOKEN = "write-token-of-the-check";
const run = promisify(execFile);

/** Copies an example, with the installed peers and this package as its dependencies. */
async function install(name: string): Promise<string> {
  const { dependencies } = JSON.parse(await readFile(`examples/ofrep/${name}/package.json`, "utf8"));
  const { "@featureflip/sdk": _, ...others } = dependencies;
  deepStrictEqual({ ...others, ...peers.dependencies }, peers.dependencies, "the peers have other versions");
  const folder = resolve(".tmp/ofrep", name);
  await rm(folder, { recursive: true, force: true });
  await cp(`examples/ofrep/${name}`, folder, { recursive: true });
  const modules = resolve("test/system/ofrep/peers/node_modules");
  await mkdir(join(modules, "@featureflip"), { recursive: true });
  await rm(join(modules, "@featureflip/sdk"), { force: true });
  await symlink(resolve("."), join(modules, "@featureflip/sdk"), "dir");
  await symlink(modules, join(folder, "node_modules"), "dir");
  return folder;
}

interface Dev extends AsyncDisposable {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  setDarkMode(enabled: boolean): Promise<void>;
}

interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** The URLs that it has asked for. */
  readonly requests: readonly string[];
}

async function startDev(): Promise<Dev> {
  const folder = await mkdtemp(join(tmpdir(), "featureflip-ofrep-"));
  const command = ["dist/cli.js", "dev", join(folder, "featureflip.json"), "--init", "--port", "0"];
  const dev = await startProcess([process.execPath, ...command, "--token", TOKEN], {});
  return {
    url: dev.url,
    env: { FEATUREFLIP_SDK_KEY: "sdk-local", FEATUREFLIP_BASE_URL: dev.url },
    async setDarkMode(enabled) {
      const response = await fetch(`${dev.url}/v1/local/flags/dark-mode`, {
        method: "PATCH",
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
        body: JSON.stringify({ enabled }),
      });
      strictEqual(response.status, 200);
    },
    async [Symbol.asyncDispose]() {
      await dev.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The server program prints what the flag serves. */
export async function checkServerProgram(): Promise<void> {
  const folder = await install("server-program");
  await using dev = await startDev();
  for (const [enabled, theme] of [[false, "light\n"], [true, "dark\n"]] as const) {
    await dev.setDarkMode(enabled);
    const env = { ...process.env, OFREP_URL: dev.url };
    strictEqual((await run(process.execPath, ["main.js"], { cwd: folder, env })).stdout, theme);
  }
}

/** A flip changes the page without a reload, through the event stream; the key stands in no URL and in no storage. */
export async function checkReactOnNode(): Promise<string> {
  await using dev = await startDev();
  await using server = await startProcess([process.execPath, "server.js"], dev.env, await installPage());
  await using browser = await openPage(server.url);
  const { page, requests } = browser;
  const start = performance.now();
  await dev.setDarkMode(true);
  await page.getByText(/^dark$/).waitFor();
  const duration = Math.round(performance.now() - start);
  ok(requests.some((url) => url.includes("/ofrep/v1/event-stream?token=")), String(requests));
  ok(requests.every((url) => !url.includes("client-web")), String(requests));
  const stored = String(await page.evaluate("JSON.stringify({ ...localStorage })"));
  ok(stored.includes("dark-mode") && !stored.includes("client-web"), stored);
  strictEqual(await page.evaluate("globalThis.isSamePage"), true);
  // It ends while the page is open.
  await server.stop();
  return `a flip after ${duration} ms`;
}

/** Without a stream, the page polls. The clocks of the page and of the Worker go ahead by half a minute at a time. */
export async function checkReactInWorker(): Promise<string> {
  await using dev = await startDev();
  await using worker = await startWrangler(await installPage(), dev.env, "js");
  await using browser = await openPage(worker.url);
  const { page, requests } = browser;
  await dev.setDarkMode(true);
  let polls = 0;
  while (await page.getByText(/^dark$/).count() === 0) {
    ok(polls++ < 100, `No change; requests: ${requests}`);
    await page.clock.fastForward(31_000);
    await sleep(100);
  }
  strictEqual(await page.evaluate("globalThis.isSamePage"), true);
  ok(requests.every((url) => !url.includes("event-stream")), String(requests));
  await worker.stop();
  return `a flip after ${polls} polls`;
}

async function installPage(): Promise<string> {
  const folder = await install("react");
  await run("npm", ["run", "build"], { cwd: folder });
  return folder;
}

/** Opens a page that shows the flag off. */
async function openPage(url: string): Promise<OpenPage> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
    ],
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.clock.install();
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  await page.getByText(/^light$/).waitFor();
  await page.evaluate("globalThis.isSamePage = true");
  return { page, requests, [Symbol.asyncDispose]: () => browser.close() };
}
