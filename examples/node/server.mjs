// A Node server that reads a flag for every request:
//   FEATUREFLIP_SDK_KEY=… node examples/node/server.mjs      (in this repository after `npm run build`)
import { createServer } from "node:http";
import process from "node:process";
import { FeatureflipClient } from "@featureflip/sdk";

const client = new FeatureflipClient();
// If the service is unreachable, the server still starts. It serves defaults until the flags arrive.
await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));

const server = createServer((request, response) => {
  const user = new URL(request.url, "http://localhost").searchParams.get("user");
  if (client.boolVariation("dark-mode", { user_id: user }, false)) {
    response.end("dark\n");
  } else {
    response.end("light\n");
  }
});
server.listen(process.env.PORT ?? 3000, () => {
  console.log(`Listening on http://localhost:${server.address().port}`);
});

// First finish open requests, for 3 s at most, then send the queued events. After that the process can exit.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close(() => client.close());
    setTimeout(() => server.closeAllConnections(), 3_000).unref();
  });
}
