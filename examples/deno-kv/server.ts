// A Deno server. However many instances of it run, one at a time asks the service, and the others read its answer from
// Deno KV:
//   FEATUREFLIP_SDK_KEY=… deno run --unstable-kv --allow-net --allow-env examples/deno-kv/server.ts
import { FeatureflipClient } from "@featureflip/sdk";
import { denoKvStore } from "@featureflip/sdk/deno";

// On Deno Deploy the app's own; elsewhere a file, which KV_PATH can name (and --allow-read, --allow-write allow).
const kv = await Deno.openKv(Deno.env.get("KV_PATH"));

const client = new FeatureflipClient({
  // A stream would be a connection of each instance's own.
  mode: "polling",
  pollInterval: Number(Deno.env.get("POLL_INTERVAL") ?? 30_000),
  store: denoKvStore(kv),
});
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
kv.close();
