import { FeatureflipClient } from "@featureflip/sdk";
import type { ContextClient } from "@featureflip/sdk";
import { kvStore, withFlags as forWorkers } from "@featureflip/sdk/cloudflare";
import { denoKvStore } from "@featureflip/sdk/deno";
import { createFeatureflipAdapter } from "@featureflip/sdk/flags-sdk";
import { featureflip } from "@featureflip/sdk/hono";
import { FeatureflipProvider } from "@featureflip/sdk/openfeature";
import { openTelemetryInspector } from "@featureflip/sdk/opentelemetry";
import { redisStore } from "@featureflip/sdk/redis";
import { createEvaluationApi, createRelay, serve } from "@featureflip/sdk/server";
import { memoryStore } from "@featureflip/sdk/stores";
import { flag } from "@featureflip/sdk/testing";
import { withFlags as forVercel } from "@featureflip/sdk/vercel";
import type { Adapter } from "flags";
import { Hono } from "hono";

interface Flags {
  readonly "dark-mode": boolean;
  readonly tier: "free" | "pro";
}

const client = FeatureflipClient.forTesting<Flags>({ tier: "pro" });

// The handlers of docs/typed-flags.md.
const app = new Hono<{ Variables: { flags: ContextClient<Flags> } }>();
app.use(featureflip());
app.get("/tier", (c) => c.text(c.var.flags.variation("tier", "free")));
// @ts-expect-error An unknown key.
app.get("/theme", (c) => c.json(c.var.flags.variation("dark-mod", false)));
const worker = {
  fetch: forWorkers((flags: ContextClient<Flags>) => Response.json(flags.variation("dark-mode", false))),
};
const edge = forVercel((flags: ContextClient<Flags>) => Response.json(flags.variation("dark-mode", false)));
// Flags that are known from the client.
const known = [
  forWorkers((flags) => new Response(flags.variation("tier", "free")), { client }),
  forVercel((flags) => new Response(flags.variation("tier", "free")), { client }),
  // @ts-expect-error An unknown key.
  forWorkers((flags) => new Response(flags.variation("tie", "free")), { client }),
];
new Hono().use(featureflip({ client })).get("/", (c) => c.text(c.var.flags.variation("tier", "free")));

const provider = new FeatureflipProvider({ client });
const adapter: Adapter<string, object> = createFeatureflipAdapter({ client })<string, object>();
const api = createEvaluationApi({ sdkKeys: ["sdk"], environment: { flags: [flag("dark-mode")] } });
export async function start(): Promise<string> {
  const server = await serve(api);
  return server.url;
}
export { adapter, createRelay, denoKvStore, edge, known, kvStore, memoryStore, openTelemetryInspector };
export { provider, redisStore, worker };
