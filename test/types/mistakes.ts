/** Mistakes that must not compile. The runner also checks that each message is one line. */
import { Hono } from "hono";
import { FeatureflipClient } from "@featureflip/sdk";
import type { EvaluationDetail } from "@featureflip/sdk";
import { withFlags as forWorkers } from "@featureflip/sdk/cloudflare";
import { createFeatureflipAdapter } from "@featureflip/sdk/flags-sdk";
import { featureflip } from "@featureflip/sdk/hono";
import { FeatureflipProvider } from "@featureflip/sdk/openfeature";
import { withFlags as forVercel } from "@featureflip/sdk/vercel";
import * as snapshotModule from "./snapshot.json";

interface Flags {
  readonly "dark-mode": boolean;
  readonly tier: "free" | "pro";
}
const client = new FeatureflipClient({ sdkKey: "sdk-key" });
const typed = new FeatureflipClient<Flags>({ sdkKey: "sdk-key" });
const user = { user_id: "u-123" };
const loadUser = async (): Promise<{ user_id: string }> => user;
declare const detail: EvaluationDetail<boolean>;

// @ts-expect-error: a promise is not a context
client.variation("x", loadUser(), false);
// @ts-expect-error: one-line: a string is not a context
client.variation("x", "u-123", false);
// @ts-expect-error: one-line: default and context are swapped
client.variation("x", false, user);
// @ts-expect-error: one-line: the default is missing
client.variation("x", user);
// @ts-expect-error: one-line: a key is a string
client.variation(1, user, false);
// @ts-expect-error: one-line: no such flag
typed.variation("drak-mode", user, false);
// @ts-expect-error: one-line: not a value of the flag
typed.variation("tier", user, "enterprise");
// @ts-expect-error: one-line: a flag of strings
typed.boolVariation("tier", user, false);
// @ts-expect-error: one-line: an explicit type beside described flags
typed.variation<boolean>("dark-mode", user, false);
// @ts-expect-error: one-line: values are frozen
client.variation("cfg", user, { features: ["a"] }).features.push("b");
// @ts-expect-error: one-line: values are frozen
client.jsonVariation("cfg", user, { a: { b: 1 } }).a.b = 2;
// @ts-expect-error: one-line: only with reason ERROR
detail.error.code;
// @ts-expect-error: one-line: a promise of a client
FeatureflipClient.create().variation("x", user, false);
// @ts-expect-error: one-line: options, not a number
client.waitForInitialization(3000);
// @ts-expect-error: one-line: the name is timeout
client.close({ timeoutMs: 5 });
// @ts-expect-error: no such event
client.on("ready", () => {});
// @ts-expect-error: one-line: an unknown option
new FeatureflipClient({ sdk_key: "x" });
// @ts-expect-error: one-line: renamed
new FeatureflipClient({ maxStreamRetries: 5 });
// @ts-expect-error: one-line: no such mode
new FeatureflipClient({ mode: "stream" });
// @ts-expect-error: one-line: a bootstrap has flags
new FeatureflipClient({ bootstrap: { flgs: [] } });
// @ts-expect-error: a promise is not a bootstrap
new FeatureflipClient({ bootstrap: Promise.resolve({ flags: [] }) });
// @ts-expect-error: a module's namespace is not a bootstrap
new FeatureflipClient({ bootstrap: import("./snapshot.json") });
// @ts-expect-error: a list is not a bootstrap
new FeatureflipClient({ bootstrap: [] });
// @ts-expect-error: one-line: not a test client
client.setTestValue("x", true);
// @ts-expect-error: one-line: not a value of the flag
FeatureflipClient.forTesting<Flags>({ tier: "gold" });
// @ts-expect-error: one-line: no such flag
FeatureflipClient.forTesting<Flags>().setTestValue("teir", "free");
// @ts-expect-error: one-line: a misspelled key in a handler
forWorkers((flags) => Response.json([flags.variation("teir", "free")]), { client: typed });
// @ts-expect-error: one-line: a misspelled key in a handler
forVercel((flags) => Response.json([flags.variation("teir", "free")]), { client: typed });
// @ts-expect-error: one-line: a misspelled key in a handler
new Hono().use(featureflip({ client: typed })).get("/", (c) => c.json([c.var.flags.variation("teir", "free")]));
// @ts-expect-error: one-line: a misspelled key at the provider's client
new FeatureflipProvider({ client: typed }).client.variation("teir", user, "free");
// @ts-expect-error: one-line: a client goes in option client
new FeatureflipProvider(client);
// @ts-expect-error: one-line: options go in clientOptions
new FeatureflipProvider({ sdkKey: "sdk-key" });
// @ts-expect-error: one-line: an unknown option
createFeatureflipAdapter({ timeoot: 5 });
// @ts-expect-error: a fetch returns a promise
new FeatureflipClient({ fetch: () => new Response() });
// @ts-expect-error: one-line: metadata is an object
client.track("bought", user, 9.5);
// @ts-expect-error: one-line: read-only
client.status.isClosed = true;

export { snapshotModule };
