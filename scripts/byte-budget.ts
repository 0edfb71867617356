/**
 * Weighs each entry as it is bundled into an application: minified, compressed, with all it pulls in but its host and
 * framework. Its budget is what it weighed when somebody last looked, and little more: what pulls in more says so here.
 */
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { readEntries } from "./entries.ts";
import { finish } from "./steps.ts";

/** The client with everything in it, in bytes. */
const CORE = 31_350;

/** What an entry with a client in it may weigh more than the client alone. */
const BESIDE_CORE: Readonly<Record<string, number>> = {
  "./cloudflare": 1_750,
  "./flags-sdk": 570,
  "./hono": 530,
  "./openfeature": 1_390,
  "./vercel": 1_120,
};

/** What an entry without one may weigh. */
const ALONE: Readonly<Record<string, number>> = {
  "./cli": 60_500,
  "./deno": 900,
  "./opentelemetry": 1_095,
  "./redis": 660,
  "./server": 34_600,
  "./stores": 880,
  "./testing": 785,
};

const { peerDependencies } = JSON.parse(await readFile("package.json", "utf8")) as {
  peerDependencies: Readonly<Record<string, string>>;
};
const external = ["node:*", "cloudflare:*", ...Object.keys(peerDependencies)];

let failed = 0;
const entries = await readEntries();
const weights = await Promise.all(entries.map(({ source }) => weigh(source)));
const core = weights[entries.findIndex(({ name }) => name === ".")]!;
for (const [at, { name }] of entries.entries()) {
  const beside = BESIDE_CORE[name];
  const limit = name === "." ? CORE : beside ?? ALONE[name];
  const weight = beside === undefined ? weights[at]! : weights[at]! - core;
  // An entry that nobody has thought about has no budget.
  const isWithin = limit !== undefined && weight <= limit;
  if (!isWithin) failed++;
  const note = `${beside === undefined ? "" : "beside the client "}of ${limit ?? "no budget"}`;
  console.log(
    `${isWithin ? "ok  " : "FAIL"}  ${name.padEnd(14)} ${String(weight).padStart(6)} bytes ${note}`,
  );
}
finish({ passed: entries.length - failed, failed });

async function weigh(source: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    minify: true,
    write: false,
    external,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).byteLength;
}
