// A Deno server. Of any number of instances, one at a time fetches from the service; the others read from Deno KV:
//   FEATUREFLIP_SDK_KEY=… deno run --unstable-kv --allow-net --allow-env examples/deno-kv/server.ts
import { FeatureflipClient } from "@featureflip/sdk";
import { denoKvStore } from "@featureflip/sdk/deno";

// On Deno Deploy: the app's database. Elsewhere: a file, KV_PATH if set (needs --allow-read and --allow-write).
const kv = await Deno.openKv(Deno.env.get("KV_PATH"));

const client = new FeatureflipClient({
  // Polling through the store: streaming would open one connection per instance.
  mode: "polling",
  pollInterval: Number(Deno.env.get("POLL_INTERVAL") ?? 30_000),
  store: denoKvStore(kv),
});
// If the service is unreachable, the server still starts. It serves defaults until the flags arrive.
await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));

const server = Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8000) }, (request) => {
  const user = new URL(request.url).searchParams.get("user");
  const darkMode = client.boolVariation("dark-mode", { user_id: user }, false);
  return new Response(darkMode ? "dark\n" : "light\n");
});

// First finish open requests, for 3 s at most, then send the queued events. After that the process can exit.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, async () => {
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, 3_000));
    await Promise.race([server.shutdown(), timeout]);
    await client.close();
    kv.close();
    Deno.exit();
  });
}
