/**
 * `npm run test:ofrep`, after `npm run build`: OpenFeature's own providers against the endpoint on Node, Bun, Deno, workerd
 * and the Edge VM (`-- HOST` runs one; `-- Chromium` the React page of `examples/ofrep`); the answers against the protocol's schemas, and the values against the client's.
 */
import { FeatureflipClient } from "@featureflip/sdk";
import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import { flag, rollout, segment, where } from "@featureflip/sdk/testing";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { HOSTS } from "./hosts.mjs";

const FOLDER = "test/system/ofrep";
if (!existsSync(`${FOLDER}/peers/node_modules`)) {
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--prefix", `${FOLDER}/peers`], { stdio: "inherit" });
}
// They need what was just installed. No condition `source`: the built package is checked.
const { checkReact, checkServerProvider, checkWebProvider } = await import("./peers/providers.mjs");
const { checkAccess, checkStreams, checkValues } = await import("./wire.mjs");

const only = process.argv.slice(2);
const api = createEvaluationApi({
  sdkKeys: ["sdk-ofrep"],
  environment: {
    segments: [segment("hidden-segment", where("email", "EndsWith", "@hidden.example"))],
    flags: [
      flag("dark-mode").when(where("plan", "Equals", "pro"), "on"),
      flag("banner", { short: "Hi", long: "Hello, world" }).when(
        where("user_id", "StartsWith", "u-1"),
        "long",
      ),
      flag("limit", { low: 10, high: 99.5 }).when(where("age", "GreaterThan", 40), "high"),
      flag("theme", { plain: { colors: ["#fff"] }, loud: { colors: ["#f00", "#ff0"] } }),
      flag("split", { a: "a", b: "b", c: "c" }).otherwise(rollout({ a: 30, b: 30, c: 40 }, { salt: "s" })),
      flag("internal").whenSegment("hidden-segment", "on"),
      flag("hidden-flag"),
    ],
  },
});
const service = await serve(api);
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const reference = await FeatureflipClient.create({
  sdkKey: "sdk-ofrep",
  baseUrl: service.url,
  logger: silent,
});

let passed = 0;
let failed = 0;

async function check(name, prove) {
  const start = performance.now();
  try {
    const figures = await prove();
    passed++;
    console.log(
      `ok    ${name}${figures === undefined ? "" : `: ${figures}`} (${
        Math.round(performance.now() - start)
      } ms)`,
    );
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n${error instanceof Error ? error.stack : String(error)}`);
  }
}

for (const { name, start, hasStreams } of HOSTS) {
  if (only.length > 0 && !only.includes(name)) continue;
  const host = await start(service.url);
  const contexts = name === "Node" ? 500 : 50;
  const scene = { url: host.url, api, reference, hasStreams, contexts };
  await check(`${name}, web provider`, () => checkWebProvider(scene));
  await check(`${name}, server provider`, () => checkServerProvider(scene));
  await check(`${name}, values of ${contexts} contexts`, () => checkValues(scene));
  await check(`${name}, who may ask, and what leaves`, () => checkAccess(scene));
  if (name === "Node") {
    await check(`${name}, React`, () => checkReact(scene));
    await check(`${name}, 1,000 streams`, () => checkStreams(scene));
  }
  await host.stop();
}

const examples = await import("./examples.ts");
if (only.length === 0 || only.includes("examples")) {
  await check("server program, featureflip dev", examples.checkServerProgram);
}
// Only when it is asked for: not every machine has Chromium.
if (only.includes("Chromium")) {
  await check("Chromium, React, Node, featureflip dev", examples.checkReactOnNode);
  await check("Chromium, React, Worker, featureflip dev", examples.checkReactInWorker);
}

await reference.close();
await service.close();
console.log(`${passed} passed, ${failed} failed`);
// The SDKs of OpenFeature keep timers.
process.exit(failed === 0 && passed > 0 ? 0 : 1);
