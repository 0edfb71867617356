// A Node server. However many of them run, one at a time asks the service, and the others read its answer from Redis:
//   npm install ioredis
//   FEATUREFLIP_SDK_KEY=… REDIS_URL=redis://… node examples/node-redis/server.js      (in this repository after `npm run build`)
import { createServer } from "node:http";
import process from "node:process";
import { FeatureflipClient } from "@featureflip/sdk";
import { redisStore } from "@featureflip/sdk/redis";
import { Redis } from "ioredis";

const redis = new Redis(process.env.REDIS_URL ?? "redis://127.0.0.1:6379");
// While Redis is away each server asks the service itself, and `client.status.storeError` says why.
redis.on("error", (error) => console.warn(error.message));

const client = new FeatureflipClient({
  // A stream would be a connection of each server's own.
  mode: "polling",
  pollInterval: Number(process.env.POLL_INTERVAL ?? 30_000),
  store: redisStore(redis),
});
// Without the service the server starts all the same: it serves defaults until the flags arrive.
await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));

const server = createServer((request, response) => {
  const user = new URL(request.url, "http://localhost").searchParams.get("user");
  const darkMode = client.variation("dark-mode", { user_id: user }, false);
  response.end(darkMode ? "dark\n" : "light\n");
});
server.listen(process.env.PORT ?? 3000, () => {
  console.log(`Listening on http://localhost:${server.address().port}`);
});

// Requests under way are answered first, then the waiting events are sent, and nothing keeps the process alive.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close(async () => {
      await client.close();
      redis.disconnect();
    });
  });
}
