/**
 * Restarts two relays one after the other behind a load balancer, configured as examples/relay shows, while 300 clients follow
 * a flag. `npx tsx -C source test/system/relay/rolling-restart.ts nginx` (or `haproxy`), which must be installed. Fails when a
 * client serves an old value for longer than 5 s, or when one relay has no share of the streams at the end.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { FeatureflipClient } from "@featureflip/sdk";
import { createEvaluationApi, createRelay, serve } from "@featureflip/sdk/server";
import type { EvaluationServer, Relay, WireFlag } from "@featureflip/sdk/server";
import { lastingPort } from "../../support/lasting-port.ts";

const CLIENTS = Number(process.argv[3] ?? 300);
const MAX_STALE_MS = 5_000;
const FLIP_EVERY_MS = 500;
const LOOK_EVERY_MS = 50;
const DRAIN_MS = 5_000;
const DOWN_MS = 2_000;
const SETTLE_MS = 8_000;
const BALANCERS: Readonly<Record<string, (folder: string) => readonly string[]>> = {
  nginx: (
    folder,
  ) => ["nginx", "-p", folder, "-c", join(folder, "nginx.conf"), "-g", "daemon off; pid nginx.pid;"],
  haproxy: (folder) => ["haproxy", "-f", join(folder, "haproxy.cfg")],
};

const name = process.argv[2] ?? "nginx";
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function round(value: number): WireFlag {
  return {
    key: "round",
    type: "Number",
    enabled: true,
    variations: [{ key: "now", value }],
    fallthrough: { type: "Fixed", variation: "now" },
  };
}

const api = createEvaluationApi({ sdkKeys: ["sdk-service"], environment: { flags: [round(0)] }, logger });
const service = await serve(api);
const sdkKeys = Array.from({ length: CLIENTS }, (_, index) => `relay-key-${index}`);
const ports = [await lastingPort(), await lastingPort(), await lastingPort()];
const relays: { relay: Relay; server: EvaluationServer }[] = [];

async function start(index: number): Promise<void> {
  const relay = createRelay({
    upstream: { sdkKey: "sdk-service", baseUrl: service.url },
    sdkKeys,
    logger,
  });
  relays[index] = { relay, server: await serve(relay, { port: ports[index + 1]! }) };
}

await start(0);
await start(1);
const folder = mkdtempSync(join(tmpdir(), "rolling-restart-"));
const file = name === "nginx" ? "nginx.conf" : "haproxy.cfg";
const configuration = readFileSync(new URL(`../../../examples/relay/${file}`, import.meta.url), "utf8")
  .replaceAll("8080", `127.0.0.1:${ports[0]}`).replace(":127.0.0.1", "127.0.0.1")
  .replaceAll("8788", String(ports[1])).replaceAll("8789", String(ports[2]));
writeFileSync(join(folder, file), configuration);
const [command, ...args] = BALANCERS[name]!(folder);
const balancer = spawn(command!, args, { stdio: ["ignore", "inherit", "inherit"] });
balancer.once("exit", () => process.exit(1));
await sleep(2_500);

const clients = await Promise.all(
  sdkKeys.map((sdkKey) =>
    FeatureflipClient.create({
      sdkKey,
      baseUrl: `http://127.0.0.1:${ports[0]}`,
      sendEvents: false,
      logger,
      connectTimeout: 30_000,
      initTimeout: 60_000,
    })
  ),
);

/** The values, and when each was set. */
const setAt = [Date.now()];
let worst = 0;
let phaseWorst = 0;
const flips = setInterval(() => {
  api.putFlag(round(setAt.length));
  setAt.push(Date.now());
}, FLIP_EVERY_MS);
const looks = setInterval(() => {
  for (const client of clients) {
    const next = setAt[client.numberVariation("round", {}, 0, { track: false }) + 1];
    if (next !== undefined) phaseWorst = Math.max(phaseWorst, Date.now() - next);
  }
}, LOOK_EVERY_MS);

function show(phase: string): void {
  const streams = relays.map(({ relay }) => relay.status.openStreams);
  console.log(
    `${name}  ${phase.padEnd(20)} streams ${streams.join(" + ")}, stale for ${phaseWorst} ms at most`,
  );
  worst = Math.max(worst, phaseWorst);
  phaseWorst = 0;
}

await sleep(3_000);
show("before");
for (const index of [0, 1]) {
  await relays[index]!.server.close({ drain: DRAIN_MS });
  await sleep(DOWN_MS);
  await start(index);
  await sleep(SETTLE_MS);
  show(`relay ${index} restarted`);
}
clearInterval(flips);
await sleep(MAX_STALE_MS);
show("after");
clearInterval(looks);
const behind = clients.filter((client) => client.numberVariation("round", {}, 0) !== setAt.length - 1).length;
console.log(
  `${behind} of ${CLIENTS} clients are behind; the longest was ${worst} ms (at most ${MAX_STALE_MS})`,
);
balancer.removeAllListeners("exit").kill();
process.exit(behind > 0 || worst > MAX_STALE_MS ? 1 : 0);
