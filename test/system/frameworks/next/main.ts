/**
 * `npm run test:next`, after `npm run build`: a Next.js application with the packed package. A static page asks for a flag
 * first, within the build and within the server, then a dynamic one; both follow a change of the flag. The application also
 * has the pages of `examples/frameworks/next`, whose OFREP endpoint notifies open pages: with `-- Chromium` one in a browser.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { flag } from "../../../../src/testing/mod.ts";
import { createEvaluationApi, serve } from "../../../../src/server/mod.ts";
import { lastingPort } from "../../../support/lasting-port.ts";

const run = promisify(execFile);

const api = createEvaluationApi({
  sdkKeys: ["sdk-next"],
  environment: {
    flags: [{
      key: "banner",
      type: "String",
      enabled: true,
      variations: [{ key: "old", value: "old" }, { key: "new", value: "new" }],
      fallthrough: { type: "Fixed", variation: "new" },
      offVariation: "old",
    }, flag("dark-mode")],
  },
});
const service = await serve(api, { port: 0 });
// Outside the project, so that nothing is found in its node_modules by accident.
const folder = await mkdtemp(join(tmpdir(), "featureflip-next-"));
const env = {
  ...process.env,
  FEATUREFLIP_SDK_KEY: "sdk-next",
  FEATUREFLIP_BASE_URL: service.url,
  NEXT_TELEMETRY_DISABLED: "1",
  NODE_ENV: "production" as const,
};
const next = [join(folder, "node_modules/next/dist/bin/next")];
let server: ChildProcess | undefined;
let output = "";

try {
  await install();
  await run(process.execPath, [...next, "build"], { cwd: folder, env });
  const origin = await start();

  // The static page makes the client, within its render.
  equal(await read(`${origin}/static/1`), "[new FALLTHROUGH streaming]");
  equal(await read(`${origin}/fresh`), "[new FALLTHROUGH streaming]");
  match(await read(`${origin}/built`), /^\[new FALLTHROUGH streaming\]$/);

  api.patchFlag("banner", { enabled: false });
  const pages = ["fresh", "static/1", "built"];
  for (const page of pages) {
    await until(page, async () => await read(`${origin}/${page}`) === "[old FLAG_DISABLED streaming]");
  }
  await until(
    "events",
    () => Promise.resolve(new Set(api.events.map(({ variation }) => variation)).size === 2),
  );
  await checkOfrep(origin);
  const isInBrowser = process.argv.includes("Chromium");
  if (isInBrowser) await checkPage(`${origin}/live`);
  deepEqual(output.match(/dynamic server usage|DYNAMIC_SERVER_USAGE|static to dynamic/gi), null);
  console.log(`${pages.length + 3 + Number(isInBrowser)} passed, 0 failed`);
} catch (error) {
  console.error(output, error);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
} finally {
  server?.kill();
  await service.close();
  await api.close();
  await rm(folder, { recursive: true, force: true });
}

async function install(): Promise<void> {
  await cp("examples/frameworks/next", folder, { recursive: true });
  const { "@featureflip/sdk": _, ...others } = await dependencies();
  await cp("test/system/frameworks/next/app", folder, { recursive: true });
  deepEqual(await dependencies(), others, "package.json has other versions than the example's");
  const npm = (...args: string[]) => run("npm", [...args, "--no-audit", "--no-fund"], { cwd: folder });
  await run("npm", ["run", "pack"]);
  await npm("ci");
  await npm("install", "--no-save", resolve(".tmp/package/featureflip-sdk.tgz"));
}

async function dependencies(): Promise<Record<string, string>> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8")).dependencies;
}

/** The route of the example: values, a stream that tells of a change, and a page that was rendered with its value. */
async function checkOfrep(origin: string): Promise<void> {
  const ask = async (headers: Record<string, string> = {}): Promise<Response> => {
    return await fetch(`${origin}/ofrep/v1/evaluate/flags`, {
      method: "POST",
      headers: { authorization: "Bearer client-web", "content-type": "application/json", ...headers },
      body: JSON.stringify({ context: { targetingKey: "ada" } }),
    });
  };
  equal((await ask({ authorization: "Bearer sdk-next" })).status, 401);
  const first = await ask({ origin });
  const { flags, eventStreams } = await first.json();
  deepEqual(flags.map(({ key, value }: { key: string; value: unknown }) => [key, value]), [[
    "dark-mode",
    false,
  ]]);
  equal((await ask({ "if-none-match": first.headers.get("etag")! })).status, 304);
  equal(await read(`${origin}/live`), "light");

  const stream = (await fetch(eventStreams[0].url)).body!.pipeThrough(new TextDecoderStream()).getReader();
  match((await stream.read()).value!, /refetchEvaluation/);
  api.patchFlag("dark-mode", { fallthrough: { type: "Fixed", variation: "on" } });
  match((await stream.read()).value!, /refetchEvaluation/);
  await stream.cancel();
  equal((await (await ask()).json()).flags[0].value, true);
  equal(await read(`${origin}/live`), "dark");
  api.patchFlag("dark-mode", { fallthrough: { type: "Fixed", variation: "off" } });
  await until("off again", async () => await read(`${origin}/live`) === "light");
}

/** A change reaches the open page, which is not loaded again. */
async function checkPage(url: string): Promise<void> {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--headless", "--no-sandbox"] });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    const opened = page.waitForRequest(/event-stream/);
    await page.goto(url);
    await opened;
    await page.getByText(/^light$/).waitFor();
    await page.evaluate("globalThis.isSamePage = true");
    api.patchFlag("dark-mode", { fallthrough: { type: "Fixed", variation: "on" } });
    await page.getByText(/^dark$/).waitFor();
    equal(await page.evaluate("globalThis.isSamePage"), true);
  } finally {
    await browser.close();
  }
}

/** Starts the built application, and returns its origin once it answers. */
async function start(): Promise<string> {
  const port = await lastingPort();
  server = spawn(process.execPath, [...next, "start", "--port", String(port), "--hostname", "127.0.0.1"], {
    cwd: folder,
    env,
  });
  for (const stream of [server.stdout, server.stderr]) stream?.on("data", (text) => output += text);
  await until("ready", () => Promise.resolve(/ready/i.test(output)));
  return `http://127.0.0.1:${port}`;
}

/** What a page says of the flag. */
async function read(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  return /<p>(.*?)<\/p>/.exec(text)?.[1] ?? `${response.status} ${text.slice(0, 500)}`;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!await isSo()) {
    if (Date.now() > end) throw new Error(`${what}: still not so after a minute`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
