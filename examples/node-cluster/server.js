// A Node server with one process per core and one connection to the service: `node server.js`.
// Configuration: FEATUREFLIP_SDK_KEY and FEATUREFLIP_BASE_URL.

import cluster from "node:cluster";
import { createServer } from "node:http";
import { availableParallelism } from "node:os";
import process from "node:process";
import { FeatureflipClient } from "@featureflip/sdk";
import { createRelay, serve } from "@featureflip/sdk/server";

if (cluster.isPrimary) await lead();
else await work();

/** The primary process connects to the service. It runs a relay, which the workers connect to. */
async function lead() {
  const key = crypto.randomUUID();
  const relay = await serve(createRelay({ sdkKeys: [key] }));
  const env = { FEATUREFLIP_SDK_KEY: key, FEATUREFLIP_BASE_URL: relay.url };
  for (let count = 0; count < availableParallelism(); count++) cluster.fork(env);

  let isEnding = false;
  cluster.on("exit", () => {
    if (!isEnding) cluster.fork(env);
    // The workers' last events have arrived. close() sends them before the relay ends.
    else if (Object.keys(cluster.workers).length === 0) relay.close();
  });
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      isEnding = true;
      for (const worker of Object.values(cluster.workers)) worker.process.kill("SIGTERM");
    });
  }
}

async function work() {
  const client = new FeatureflipClient();
  await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));

  const server = createServer((request, response) => {
    const user = new URL(request.url, "http://localhost").searchParams.get("user");
    const darkMode = client.boolVariation("dark-mode", { user_id: user }, false);
    response.end(darkMode ? "dark\n" : "light\n");
  });
  server.listen(process.env.PORT ?? 3000, () => {
    console.log(`${process.pid} listens on http://localhost:${server.address().port}`);
  });

  // Ctrl-C sends SIGINT to every process of the terminal. Ignore it: the primary decides when workers end.
  process.on("SIGINT", () => {});
  process.once("SIGTERM", async () => {
    setTimeout(() => server.closeAllConnections(), 3_000).unref();
    await new Promise((closed) => server.close(closed));
    await client.close();
    process.disconnect();
  });
}
