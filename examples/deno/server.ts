// A Deno server that reads a flag for every request:
//   FEATUREFLIP_SDK_KEY=… deno run --allow-net --allow-env examples/deno/server.ts
import { FeatureflipClient } from "@featureflip/sdk";

const client = new FeatureflipClient();
// Without the service the server starts all the same: it serves defaults until the flags arrive.
await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));

const server = Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8000) }, (request) => {
  const user = new URL(request.url).searchParams.get("user");
  const darkMode = client.variation("dark-mode", { user_id: user }, false);
  return new Response(darkMode ? "dark\n" : "light\n");
});

// Requests under way are answered first, then the waiting events are sent, and nothing keeps the process alive.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => server.shutdown());
}
await server.finished;
await client.close();
