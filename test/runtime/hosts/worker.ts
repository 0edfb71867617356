/** The script that runs inside workerd: a Worker without Node's compatibility layer. */
// First: importing the package may start as little as constructing what it offers (contract §6).
import { stopWatching } from "./work-watched.ts";
import { ConfigurationError, FeatureflipClient } from "@featureflip/sdk";
import { startUp } from "../start-up.ts";
import { runSuite } from "../suite.ts";

// A Worker's global scope forbids I/O, timers and randomness: constructing a client here must need none (contract §6). What
// is refused may have been caught, so it is watched as well.
const letGo = startUp("http://127.0.0.1");
const client = new FeatureflipClient({ sdkKey: "sdk-global-scope" });
const uses = stopWatching();

interface Environment {
  readonly process?: { readonly env: Record<string, string | undefined> };
}

/** The SDK key is found where there is a `process`, and a missing one is explained for Workers either way (contract §7). */
async function checkEnvironment(): Promise<string | undefined> {
  const { process } = globalThis as Environment;
  if (process !== undefined) {
    const found = new FeatureflipClient();
    const { mode, modeReason } = found.status;
    await found.close();
    if (mode !== "lazy" || modeReason !== undefined) return `the mode is ${mode}: ${modeReason}`;
    delete process.env.FEATUREFLIP_SDK_KEY;
  }
  try {
    new FeatureflipClient();
    return "a client without an SDK key was made";
  } catch (error) {
    const isExplained = error instanceof ConfigurationError &&
      error.message.includes("a binding of the Worker");
    return isExplained ? undefined : String(error);
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    const origin = new URL(request.url).searchParams.get("origin") ?? "";
    const detail = client.variationDetail("any", {}, "default");
    await client.close();
    await letGo();
    if (uses.length > 0) return new Response(`Starting up used ${uses.join(", ")}`, { status: 500 });
    const mistake = await checkEnvironment();
    if (mistake !== undefined) return new Response(mistake, { status: 500 });
    if (detail.value !== "default") {
      return new Response("the global client did not serve its default", { status: 500 });
    }
    return Response.json(await runSuite({ origin }));
  },
};
