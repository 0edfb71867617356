/**
 * How long a change takes: from the API's response to a PATCH until a client serves the new value, over loopback, with
 * the API in a separate process. First without pauses, then with a pause before each change, when sockets and timers
 * are idle. `npx tsx --tsconfig bench/tsconfig.json bench/update-latency.ts [FLIPS]`, 1,000 by default; Bun and Deno run it directly.
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { FeatureflipClient } from "@featureflip/sdk";
import { createEvaluationApi, serve } from "@featureflip/sdk/server";

const SDK_KEY = "sdk-bench";
const WRITE_TOKEN = "bench-token";
const FLAG = {
  key: "dark-mode",
  type: "Boolean",
  enabled: true,
  variations: [{ key: "on", value: true }, { key: "off", value: false }],
  fallthrough: { type: "Fixed", variation: "on" },
  offVariation: "off",
} as const;

/** The pause before each change of the second part, in ms: longer than any delayed acknowledgement. */
const PAUSE_MS = 100;
const UNHURRIED_FLIPS = 100;

if (process.argv.includes("serve")) await serveApi();
else await measure(Number(process.argv[2] ?? 1000));

async function serveApi(): Promise<void> {
  const api = createEvaluationApi({
    sdkKeys: [SDK_KEY],
    writeToken: WRITE_TOKEN,
    environment: { flags: [FLAG] },
  });
  const server = await serve(api);
  console.log(server.url);
  process.stdin.on("end", () => void server.close()).resume();
}

async function measure(flips: number): Promise<void> {
  const server = spawn(process.execPath, [...process.execArgv, ...scriptArgs(), "serve"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const baseUrl = await new Promise<string>((resolve) => {
    server.stdout.setEncoding("utf8").once("data", (line: string) => resolve(line.trim()));
  });
  let requests = 0;
  const counted: typeof fetch = (input, init) => {
    requests++;
    return fetch(input, init);
  };
  const client = await FeatureflipClient.create({
    sdkKey: SDK_KEY,
    baseUrl,
    fetch: counted,
    sendEvents: false,
  });
  console.log(`${"".padEnd(28)}${["median", "p99", "most"].map((name) => name.padStart(11)).join("")}`);
  const start = requests;
  await run(client, baseUrl, "warm-up, not counted", 200, 0);
  await run(client, baseUrl, `${flips} flips, one after another`, flips, 0);
  await run(client, baseUrl, `${UNHURRIED_FLIPS} flips, ${PAUSE_MS} ms apart`, UNHURRIED_FLIPS, PAUSE_MS);
  console.log(`requests of the client: ${start} to start, ${requests - start} for all the flips`);
  await client.close();
  server.stdin.end();
  if (requests !== 1) process.exitCode = 1;
}

async function run(
  client: FeatureflipClient,
  baseUrl: string,
  name: string,
  flips: number,
  pause: number,
): Promise<void> {
  const latencies: number[] = [];
  for (let flip = 0; flip < flips; flip++) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    const enabled = !client.variation("dark-mode", {}, false);
    const served = new Promise<number>((resolve) => {
      const stop = client.on("update", () => {
        stop();
        resolve(performance.now());
      });
    });
    const response = await fetch(`${baseUrl}/v1/local/flags/dark-mode`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${WRITE_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ enabled }),
    });
    const answered = performance.now();
    await response.body?.cancel();
    latencies.push(Math.max(0, await served - answered));
    if (client.variation("dark-mode", {}, !enabled) !== enabled) throw new Error("The old value is served");
  }
  latencies.sort((a, b) => a - b);
  const figures = [0.5, 0.99, 1].map((share) => latencies[Math.ceil(share * flips) - 1]!);
  console.log(`${name.padEnd(28)}${figures.map((ms) => `${ms.toFixed(2)} ms`.padStart(11)).join("")}`);
}

/** The arguments that this runtime needs to run the script again. */
function scriptArgs(): string[] {
  const script = process.argv[1]!;
  return "Deno" in globalThis ? ["run", "-A", script] : [script];
}
