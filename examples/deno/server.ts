// A Deno server that reads a flag for every request:
//   FEATUREFLIP_SDK_KEY=… deno run --allow-net --allow-env examples/deno/server.ts
import { FeatureflipClient } from "@featureflip/sdk";

const client = new FeatureflipClient();
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
    Deno.exit();
  });
}
