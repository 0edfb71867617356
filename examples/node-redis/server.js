// A Node server. Of any number of these servers, one at a time fetches from the service; the others read from Redis:
//   npm install ioredis
//   FEATUREFLIP_SDK_KEY=… REDIS_URL=redis://… node examples/node-redis/server.js      (in this repository after `npm run build`)
import { createServer } from "node:http";
import process from "node:process";
import { FeatureflipClient } from "@featureflip/sdk";
import { redisStore } from "@featureflip/sdk/redis";
import { Redis } from "ioredis";

const redis = new Redis(process.env.REDIS_URL ?? "redis://127.0.0.1:6379");
// While Redis is down, each server fetches from the service. `client.status.storeError` is the reason.
redis.on("error", (error) => console.warn(error.message));

const client = new FeatureflipClient({
  // Polling through the store: streaming would open one connection per server.
  mode: "polling",
  pollInterval: Number(process.env.POLL_INTERVAL ?? 30_000),
  store: redisStore(redis),
});
// If the service is unreachable, the server still starts. It serves defaults until the flags arrive.
await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));

const server = createServer((request, response) => {
  const user = new URL(request.url, "http://localhost").searchParams.get("user");
  const darkMode = client.boolVariation("dark-mode", { user_id: user }, false);
  response.end(darkMode ? "dark\n" : "light\n");
});
server.listen(process.env.PORT ?? 3000, () => {
  console.log(`Listening on http://localhost:${server.address().port}`);
});

// First finish open requests, for 3 s at most, then send the queued events. After that the process can exit.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close(async () => {
      await client.close();
      redis.disconnect();
    });
    setTimeout(() => server.closeAllConnections(), 3_000).unref();
  });
}
