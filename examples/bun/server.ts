// A Bun server that reads a flag for every request:
//   FEATUREFLIP_SDK_KEY=… bun examples/bun/server.ts
import process from "node:process";
import { FeatureflipClient } from "@featureflip/sdk";

const client = new FeatureflipClient();
// If the service is unreachable, the server still starts. It serves defaults until the flags arrive.
await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));

const server = Bun.serve({
  fetch(request) {
    const user = new URL(request.url).searchParams.get("user");
    const darkMode = client.boolVariation("dark-mode", { user_id: user }, false);
    return new Response(darkMode ? "dark\n" : "light\n");
  },
});
console.log(`Listening on ${server.url}`);

// First finish open requests, for 3 s at most, then send the queued events. After that the process can exit.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    setTimeout(() => server.stop(true), 3_000).unref();
    await server.stop();
    await client.close();
  });
}
