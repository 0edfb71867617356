/**
 * `npm run test:next`, after `npm run build`: a Next.js application with the packed package. A static page asks for a flag
 * first, within the build and within the server, then a dynamic one; both follow a change of the flag.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
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
    }],
  },
});
const service = await serve(api, { port: 0 });
// Outside the project, so that nothing is found in its node_modules by accident.
const folder = await mkdtemp(join(tmpdir(), "featureflip-next-"));
const env = {
  ...process.env,
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
  deepEqual(output.match(/dynamic server usage|DYNAMIC_SERVER_USAGE|static to dynamic/gi), null);
  console.log(`${pages.length + 2} passed, 0 failed`);
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
  await cp("test/system/frameworks/next/app", folder, { recursive: true });
  const npm = (...args: string[]) => run("npm", [...args, "--no-audit", "--no-fund"], { cwd: folder });
  await run("npm", ["run", "pack"]);
  await npm("ci");
  await npm("install", "--no-save", resolve(".tmp/package/featureflip-sdk.tgz"));
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
