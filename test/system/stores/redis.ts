/** `npm run test:redis`: the store on a real Redis, which has to be on the PATH, with each kind of client. */
import { redisOverHttp, redisStore } from "@featureflip/sdk/redis";
import type { RedisClient } from "@featureflip/sdk/redis";
import { Redis } from "ioredis";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "redis";
import { report } from "../../runtime/hosts/report.ts";
import { lastingPort } from "../../support/lasting-port.ts";
import { sharedStoreCases } from "../../support/suites/shared-store.ts";
import { runCases } from "./hosts/run-cases.ts";
import { withRedisCluster } from "./redis-cluster.ts";
import { lockCases, replicaCases } from "./redis-locks.ts";
import { redisFleetCases } from "./redis-fleet.ts";
import { redisOutageCases } from "./redis-outage.ts";
import { redisServerCases } from "./redis-servers.ts";

const folder = await mkdtemp(join(tmpdir(), "featureflip-redis-"));
const port = await lastingPort();
let server = await startRedis();

const ioredis = new Redis({ host: "127.0.0.1", port });
ioredis.on("error", () => {}); // while it is down
const nodeRedis = createClient({ url: `redis://127.0.0.1:${port}` });
nodeRedis.on("error", () => {});
await nodeRedis.connect();

// The REST API of Upstash, in front of the same Redis.
const token = "a-token";
const rest = createServer(async (request, response) => {
  let body = "";
  request.setEncoding("utf8");
  for await (const chunk of request) body += String(chunk);
  const answer = (status: number, reply: object): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(reply));
  };
  if (request.headers.authorization !== `Bearer ${token}`) return answer(401, { error: "Unauthorized" });
  const [name = "", ...args]: string[] = JSON.parse(body);
  try {
    answer(200, { result: await ioredis.call(name, ...args) });
  } catch (error) {
    answer(400, { error: String(error) });
  }
}).listen(0, "127.0.0.1");
await once(rest, "listening");
const url = `http://127.0.0.1:${(rest.address() as { port: number }).port}`;

const clients: Readonly<Record<string, RedisClient>> = {
  "ioredis": ioredis,
  "redis": nodeRedis,
  "fetch": redisOverHttp({ url, token }),
};
const total = { passed: 0, failures: [] as string[] };
function add(name: string, { passed, failures }: { passed: number; failures: readonly string[] }): void {
  total.passed += passed;
  total.failures.push(...failures.map((failure) => `${name}: ${failure}`));
}
try {
  for (const [name, client] of Object.entries(clients)) {
    const open = () => redisStore(client, { prefix: `flags of ${name}:` });
    add(name, await runCases(sharedStoreCases({ open, abilities: ["set", "tryLock"] })));
  }
  add(
    "a wrong token",
    await runCases([{
      name: "redisOverHttp() says why it failed, without the token",
      async run() {
        const failure = await redisStore(redisOverHttp({ url, token: "wrong" })).get("flags").catch(String);
        if (failure !== "Error: Redis answered 401: Unauthorized") throw new Error(`it said ${failure}`);
      },
    }]),
  );
  add("servers", await runCases(redisServerCases(`redis://127.0.0.1:${port}`)));
  add(
    "a cluster",
    await withRedisCluster(async (at, args) => {
      const node = await startRedis(at, args);
      return { kill: () => void node.kill("SIGKILL") };
    }, runCases),
  );
  add("a lock without an end", await runCases(lockCases(ioredis)));
  add("a read-only replica", await runCases(replicaCases(ioredis, port, startRedis)));
  add("fleets", await runCases(redisFleetCases(startRedis)));
  add(
    "a restart",
    await runCases(redisOutageCases({
      store: () => redisStore(ioredis, { prefix: "flags in an outage:" }),
      isFilled: async () => (await ioredis.keys("flags in an outage:*:flags")).length > 0,
      async stop() {
        server.kill("SIGKILL");
        await once(server, "close");
      },
      async start() {
        server = await startRedis();
      },
      empty: async () => void await ioredis.call("FLUSHALL"),
      pause: async (ms) => void await ioredis.call("CLIENT", "PAUSE", String(ms), "ALL"),
    })),
  );
} finally {
  ioredis.disconnect();
  nodeRedis.destroy();
  rest.closeAllConnections();
  rest.close();
  server.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
}
report(total);

async function startRedis(at = port, args: readonly string[] = []): Promise<ReturnType<typeof spawn>> {
  const process = spawn("redis-server", [
    ...["--port", String(at), ...args],
    ...["--bind", "127.0.0.1"],
    ...["--save", "", "--appendonly", "no"],
    ...["--dir", folder],
  ], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const started = new Promise<void>((resolve, reject) => {
    process.on("error", (error) => reject(new Error(`Cannot start redis-server: ${error.message}`)));
    process.on("close", () => reject(new Error(`redis-server ended:\n${output}`)));
    process.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      if (output.includes("Ready to accept connections")) resolve();
    });
  });
  await Promise.race([
    started,
    sleep(60_000, undefined, { ref: false }).then(() => Promise.reject(new Error("redis-server hangs"))),
  ]);
  return process;
}
