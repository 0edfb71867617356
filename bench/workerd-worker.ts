/** The Worker that bench/workerd.ts measures. */
import { FeatureflipClient } from "@featureflip/sdk";
import type { Bootstrap } from "@featureflip/sdk";
import { env as bindings, waitUntil } from "cloudflare:workers";

const env = bindings as unknown as Readonly<Record<"KIND" | "COUNT" | "ORIGIN" | "BOOTSTRAP", string>>;

let client = env.KIND === "bootstrap" ? connect(JSON.parse(env.BOOTSTRAP) as Bootstrap) : undefined;
let parsed: { readonly version: number } | undefined;

async function parse(): Promise<void> {
  const response = await fetch(`${env.ORIGIN}/v1/sdk/flags`, { headers: { Authorization: env.COUNT } });
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
    client ??= connect();
    await (pathname === "/refresh" ? client.refresh() : client.waitForInitialization());
    const isOn = client.boolVariation("simple-flag", { user_id: "user-1" }, false);
    if (!isOn) throw new Error(`The default was served: ${client.status.lastError}`);
    return new Response(String(client.status.version));
  },
};

function connect(bootstrap?: Bootstrap): FeatureflipClient {
  const { COUNT, ORIGIN } = env;
  return new FeatureflipClient({ sdkKey: COUNT, baseUrl: ORIGIN, waitUntil, sendEvents: false, bootstrap });
}
