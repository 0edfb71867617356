// A React page in Chromium, served by another port of this machine, against `featureflip dev`.
import { build } from "esbuild";
import { ok, strictEqual } from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { chromium } from "playwright-core";

const TOKEN = "write-token-of-the-check";

async function startDev(folder) {
  const file = join(folder, "featureflip.json");
  const child = spawn(process.execPath, [
    "dist/cli.js",
    "dev",
    file,
    "--init",
    "--port",
    "0",
    "--token",
    TOKEN,
  ], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [, url, key] = await new Promise((found) => {
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      output += chunk;
      const match = /OFREP +(http:\S+), .* key (\S+)/.exec(output);
      if (match !== null) found(match);
    });
  });
  return { url, key, stop: () => child.kill("SIGTERM") };
}

async function startPage(settings) {
  const { outputFiles } = await build({
    entryPoints: ["test/system/ofrep/peers/page.mjs"],
    bundle: true,
    write: false,
    format: "esm",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  });
  const script = outputFiles[0].text.replaceAll("</script", "<\\/script");
  const html = `<!doctype html><body></body><script>globalThis.settings = ${JSON.stringify(settings)}</script>
    <script type="module">${script}</script>`;
  const server = createServer((_, response) =>
    response.setHeader("content-type", "text/html; charset=utf-8").end(html)
  );
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://localhost:${server.address().port}/`, server };
}

/** A flip in `featureflip dev` changes the page without a reload; the key stands in no URL and in no storage. */
export async function checkChromium() {
  const folder = await mkdtemp(join(tmpdir(), "featureflip-ofrep-"));
  const dev = await startDev(folder);
  const { url, server } = await startPage({ baseUrl: dev.url, key: dev.key });
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
  async function patch(changes) {
    const response = await fetch(`${dev.url}/v1/local/flags/dark-mode`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify(changes),
    });
    strictEqual(response.status, 200);
  }
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    const requests = [];
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(url);
    await page.getByText(/^light$/).waitFor();
    await page.evaluate("globalThis.isSamePage = true");
    const start = performance.now();
    await patch({ enabled: true });
    await page.getByText(/^dark$/).waitFor();
    const duration = Math.round(performance.now() - start);
    strictEqual(await page.evaluate("globalThis.isSamePage"), true);
    ok(requests.some((url) => url.includes("/ofrep/v1/event-stream?token=")), String(requests));
    ok(requests.every((url) => !url.includes(dev.key)), String(requests));
    const stored = await page.evaluate("JSON.stringify({ ...localStorage })");
    ok(stored.includes("dark-mode") && !stored.includes(dev.key), stored);
    return `a flip after ${duration} ms`;
  } finally {
    await browser.close();
    server.close();
    dev.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
