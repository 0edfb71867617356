// A Bun server that reads a flag for every request:
//   FEATUREFLIP_SDK_KEY=… bun examples/bun/server.ts
import process from "node:process";
import { FeatureflipClient } from "@featureflip/sdk";

const client = new FeatureflipClient();
// Without the service the server starts all the same: it serves defaults until the flags arrive.
await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));

const server = Bun.serve({
  fetch(request) {
    const user = new URL(request.url).searchParams.get("user");
    const darkMode = client.variation("dark-mode", { user_id: user }, false);
    return new Response(darkMode ? "dark\n" : "light\n");
  },
});
console.log(`Listening on ${server.url}`);

// Requests under way are answered first, then the waiting events are sent, and nothing keeps the process alive.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    await server.stop();
    await client.close();
  });
}
