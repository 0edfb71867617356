// A Node server that reads a flag for every request:
//   FEATUREFLIP_SDK_KEY=… node examples/node/server.js      (in this repository after `npm run build`)
import { createServer } from "node:http";
import process from "node:process";
import { FeatureflipClient } from "@featureflip/sdk";

const client = new FeatureflipClient();
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
  process.once(signal, () => server.close(() => client.close()));
}
