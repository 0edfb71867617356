/** The Worker that bench/workerd.ts measures. */
import { FeatureflipClient } from "@featureflip/sdk";
import type { Bootstrap } from "@featureflip/sdk";
import { env as bindings, waitUntil } from "cloudflare:workers";

const env = bindings as unknown as Readonly<Record<"KIND" | "SDK_KEY" | "ORIGIN" | "BOOTSTRAP", string>>;

// As docs/edge.md has it: in global scope, whose time is the script's.
const client = env.KIND === "ours" || env.KIND === "against"
  ? connect()
  : env.KIND === "bootstrap"
  ? connect(JSON.parse(env.BOOTSTRAP) as Bootstrap)
  : undefined;
let parsed: { readonly version: number } | undefined;

async function parse(): Promise<void> {
  const response = await fetch(`${env.ORIGIN}/v1/sdk/flags`, { headers: { Authorization: env.SDK_KEY } });
  parsed = JSON.parse(await response.text()) as { readonly version: number };
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/idle" || env.KIND === "minimal") return new Response("idle");
    if (env.KIND === "JSON.parse") {
      if (parsed === undefined || pathname === "/refresh") await parse();
      return new Response(String(parsed!.version));
    }
    await (pathname === "/refresh" ? client!.refresh() : client!.waitForInitialization());
    const isOn = client!.boolVariation("simple-flag", { user_id: "user-1" }, false);
    if (!isOn) throw new Error(`The default was served: ${client!.status.lastError}`);
    return new Response(String(client!.status.version));
  },
};

function connect(bootstrap?: Bootstrap): FeatureflipClient {
  const { SDK_KEY, ORIGIN } = env;
  return new FeatureflipClient({ sdkKey: SDK_KEY, baseUrl: ORIGIN, waitUntil, sendEvents: false, bootstrap });
}
