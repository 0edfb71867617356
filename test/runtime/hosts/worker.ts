/** The script that runs inside workerd: a Worker without Node's compatibility layer. */
// First: importing the package may start as little as constructing what it offers (contract §6).
import { stopWatching } from "./work-watched.ts";
import { FeatureflipClient } from "@featureflip/sdk";
import { startUp } from "../start-up.ts";
import { runSuite } from "../suite.ts";

// A Worker's global scope forbids I/O, timers and randomness: constructing a client here must need none (contract §6). What
// is refused may have been caught, so it is watched as well.
const letGo = startUp("http://127.0.0.1");
const client = new FeatureflipClient({ sdkKey: "sdk-global-scope" });
const uses = stopWatching();

export default {
  async fetch(request: Request): Promise<Response> {
    const origin = new URL(request.url).searchParams.get("origin") ?? "";
    const detail = client.variationDetail("any", {}, "default");
    await client.close();
    await letGo();
    if (uses.length > 0) return new Response(`Starting up used ${uses.join(", ")}`, { status: 500 });
    if (detail.value !== "default") {
      return new Response("the global client did not serve its default", { status: 500 });
    }
    return Response.json(await runSuite({ origin }));
  },
};
