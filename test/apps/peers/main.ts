import { strictEqual } from "node:assert/strict";
import { FeatureflipClient } from "@featureflip/sdk";
import { createFeatureflipAdapter } from "@featureflip/sdk/flags-sdk";
import { featureflip } from "@featureflip/sdk/hono";
import { FeatureflipProvider } from "@featureflip/sdk/openfeature";
import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import { flag, where } from "@featureflip/sdk/testing";
import { OpenFeature } from "@openfeature/server-sdk";
import type { Adapter } from "flags";
import { Hono } from "hono";

interface Flags {
  readonly tier: "free" | "pro";
  readonly limit: number;
}

// A client of a service that runs here, over a socket: `./server` brings what it needs.
const environment = {
  flags: [flag("dark-mode").when(where("user_id", "Equals", "ada"), "on").otherwise("off")],
};
const server = await serve(createEvaluationApi({ sdkKeys: ["sdk-local"], environment }));
const online = await FeatureflipClient.create({ sdkKey: "sdk-local", baseUrl: server.url });
strictEqual(online.status.mode, "streaming");
strictEqual(online.variation("dark-mode", { user_id: "ada" }, false), true);
await online.close();
await server.close();

const client = FeatureflipClient.forTesting<Flags>({ tier: "pro", limit: 5 });

const app = new Hono()
  .use(featureflip({ client, context: (c) => ({ user_id: c.req.query("user") }) }))
  .get(
    "/",
    (c) => c.json({ tier: c.var.flags.variation("tier", "free"), limit: c.var.flags.variation("limit", 1) }),
  );
const response = await app.request("/?user=ada");
strictEqual(await response.text(), `{"tier":"pro","limit":5}`);

await OpenFeature.setProviderAndWait(new FeatureflipProvider({ client }));
const flags = OpenFeature.getClient();
strictEqual(await flags.getStringValue("tier", "free", { targetingKey: "ada" }), "pro");
strictEqual((await flags.getNumberDetails("limit", 1)).reason, "STATIC");
await OpenFeature.close();

// What `flag()` of the Flags SDK does with an adapter.
const adapter: Adapter<string, { readonly user_id?: string | undefined }> = createFeatureflipAdapter({
  client,
})();
const values = [{ key: "tier", defaultValue: "free" }, { key: "nope", defaultValue: "default" }].map((
  asked,
) => adapter.decide({ ...asked, headers: new Headers() as never, cookies: {} as never, entities: {} }));
strictEqual((await Promise.all(values)).join(), "pro,default");
console.log("ok");
