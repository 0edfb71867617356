/** Mistakes that must not compile. The runner also checks that each message is one line. */
import { Hono } from "hono";
import { FeatureflipClient } from "@featureflip/sdk";
import type {
  ConfigurationError,
  ContextClient,
  EvaluationDetail,
  InitializationError,
  RequestError,
  SharedStore,
} from "@featureflip/sdk";
import { cacheStore, durableObjectStore, kvStore, withFlags as forWorkers } from "@featureflip/sdk/cloudflare";
import { denoKvStore } from "@featureflip/sdk/deno";
import { Flags as Evaluated } from "@featureflip/sdk/evaluate";
import { createFeatureflipAdapter } from "@featureflip/sdk/flags-sdk";
import { featureflip } from "@featureflip/sdk/hono";
import { createOfrepHandler } from "@featureflip/sdk/ofrep";
import { FeatureflipProvider } from "@featureflip/sdk/openfeature";
import { openTelemetryInspector } from "@featureflip/sdk/opentelemetry";
import { redisOverHttp, redisStore } from "@featureflip/sdk/redis";
import { createEvaluationApi, createRelay, serve } from "@featureflip/sdk/server";
import { fileStore, memoryStore, sharedStore } from "@featureflip/sdk/stores";
import { flag, rollout, where } from "@featureflip/sdk/testing";
import { withFlags as forVercel } from "@featureflip/sdk/vercel";
import { FeatureflipClient as NextClient } from "next-sdk";
import { withFlags as forNextWorkers } from "next-sdk/cloudflare";
import * as snapshotModule from "./snapshot.json";

interface Flags {
  readonly "dark-mode": boolean;
  readonly tier: "free" | "pro";
}
const client = new FeatureflipClient({ sdkKey: "sdk-key" });
const typed = new FeatureflipClient<Flags>({ sdkKey: "sdk-key" });
const user = { user_id: "u-123" };
interface Described {
  settings: { limits: number[]; nested: { deep: string } };
}
const described = new FeatureflipClient<Described>({ sdkKey: "sdk-key" });
const settings: Described["settings"] = { limits: [1], nested: { deep: "x" } };
declare const failure: ConfigurationError | InitializationError | RequestError;
declare const namespace: { get(key: string): Promise<string | null> };
const next = new NextClient<Flags>({ sdkKey: "sdk-key" });
const loadOptions = async (): Promise<{ sdkKey: string }> => ({ sdkKey: "sdk-key" });
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
// @ts-expect-error: a promise of a module's namespace is not a bootstrap
new FeatureflipClient({ bootstrap: import("./snapshot.json") });
// @ts-expect-error: a module's namespace is not a bootstrap
new FeatureflipClient({ bootstrap: await import("./snapshot.json") });
// @ts-expect-error: a function that returns a module's namespace
new FeatureflipClient({ bootstrap: () => import("./snapshot.json") });
// @ts-expect-error: a module's namespace is not an environment
createEvaluationApi({ sdkKeys: ["k"], environment: await import("./snapshot.json") });
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
// @ts-expect-error: one-line: values of described flags are frozen
described.variation("settings", user, settings).limits.push(2);
// @ts-expect-error: one-line: values of described flags are frozen
described.jsonVariation("settings", user, settings).nested.deep = "y";
// @ts-expect-error: one-line: values of described flags are frozen
described.variationDetail("settings", user, settings).value.limits.push(2);
// @ts-expect-error: one-line: values of described flags are frozen
described.forContext(user).variation("settings", settings).limits.push(2);
// @ts-expect-error: one-line: values of described flags are frozen
described.allFlags(user).settings?.limits.push(2);
// @ts-expect-error: one-line: values of described flags are frozen
new Evaluated<Described>(snapshotModule.default).variation("settings", user, settings).limits.push(2);
// @ts-expect-error: one-line: no such flag
described.explain("setings", user);
// @ts-expect-error: one-line: no such flag
described.forContext(user).variation("setings", settings);
// @ts-expect-error: clients of other flags
const other: FeatureflipClient<Described> = typed;
// @ts-expect-error: a promise is not a context
client.forContext(loadUser());
// @ts-expect-error: a promise is not a context
client.variationDetail("x", loadUser(), false);
// @ts-expect-error: a promise is not a context
client.track("bought", loadUser());
// @ts-expect-error: a promise is not a context
client.identify(loadUser());
// @ts-expect-error: a promise is not a context
new Evaluated(snapshotModule.default).variation("x", loadUser(), false);
// @ts-expect-error: one-line: a string is not a context
client.forContext("u-123");
// @ts-expect-error: one-line: the name is track
client.variation("x", user, false, { trak: false });
// @ts-expect-error: one-line: track is a boolean
client.variation("x", user, false, { track: "no" });
// @ts-expect-error: one-line: the name is timeout
client.flush({ timeoutMs: 5 });
// @ts-expect-error: one-line: a listener is a function
client.on("update", true);
// @ts-expect-error: an unknown option of a test client
FeatureflipClient.forTesting({}, { inspector: () => {} });
// @ts-expect-error: only where the code is CONFIGURATION
failure.option;
// @ts-expect-error: one-line: not a code of this package
if (failure.code === "TIMEOUT") console.log(failure);
// @ts-expect-error: one-line: not a reason
if (failure.code === "INITIALIZATION" && failure.reason === "KEY_REFUSED") console.log(failure);
// @ts-expect-error: only where a rule matched
const ruleId: string = detail.ruleId;
// @ts-expect-error: one-line: not a reason
if (detail.reason === "TARGETING_MATCH") console.log(detail);
// @ts-expect-error: an unknown option
forWorkers(() => new Response(), { timeoot: 5 });
// @ts-expect-error: an unknown option
forVercel(() => new Response(), { timeoot: 5 });
// @ts-expect-error: one-line: an unknown option
featureflip({ timeoot: 5 });
// @ts-expect-error: one-line: an unknown option
new FeatureflipProvider({ timeoot: 5 });
// @ts-expect-error: one-line: a client goes in option client
createFeatureflipAdapter(client);
// @ts-expect-error: no such flag in a handler of described flags
forWorkers((flags: ContextClient<Flags>) => new Response(flags.variation("teir", "free")));
// @ts-expect-error: one-line: an unknown option
kvStore({ get: namespace.get, put: () => Promise.resolve() }, { cacheTTL: 60_000 });
// @ts-expect-error: a namespace can be written
kvStore(namespace);
// @ts-expect-error: a binding is missing
kvStore(undefined);
// @ts-expect-error: a binding is missing
durableObjectStore(undefined);
// @ts-expect-error: the URL is missing
cacheStore({});
// @ts-expect-error: not a Deno KV
denoKvStore(Promise.resolve({}));
// @ts-expect-error: not a Redis client
redisStore({});
// @ts-expect-error: the token is missing
redisOverHttp({ url: "https://redis.example" });
// @ts-expect-error: one-line: a folder is a string
fileStore(7);
// @ts-expect-error: one-line: a store has get
sharedStore({ read: namespace.get });
// @ts-expect-error: a store's get takes a name
const store: SharedStore = { get: (name: number) => Promise.resolve(String(name)) };
// @ts-expect-error: one-line: a store is made by a factory or sharedStore()
new FeatureflipClient({ store: namespace });
// @ts-expect-error: one-line: the option is eventLogger
openTelemetryInspector({ logger: { emit: () => {} } });
// @ts-expect-error: one-line: an unknown option
createEvaluationApi({ sdkKey: "k", environment: { flags: [] } });
// @ts-expect-error: one-line: renamed
createRelay({ keys: ["k"] });
// @ts-expect-error: one-line: an unknown option
serve(createRelay({ sdkKeys: ["k"] }), { prot: 80 });
// @ts-expect-error: not an API
serve({});
// @ts-expect-error: one-line: an unknown option
createOfrepHandler(client, { publik: true });
// @ts-expect-error: one-line: no such operator
where("plan", "Equalz", "pro");
// @ts-expect-error: one-line: no such variation
flag("tier", { free: "free", pro: "pro" }).otherwise("gold");
// @ts-expect-error: one-line: metadata is an object
client.track("bought", user, 9.5);
// @ts-expect-error: one-line: read-only
client.status.isClosed = true;
// @ts-expect-error: one-line: options that are a promise
new FeatureflipClient(loadOptions());
// @ts-expect-error: one-line: options that are a promise
FeatureflipClient.create(loadOptions());
// @ts-expect-error: client options that are a promise
forWorkers(() => new Response(), { clientOptions: loadOptions() });
// @ts-expect-error: client options that a function promises
forWorkers(() => new Response(), { clientOptions: loadOptions });
// @ts-expect-error: a client as client options
forWorkers(() => new Response(), { clientOptions: client });
// @ts-expect-error: a client as client options
featureflip({ clientOptions: client });
// @ts-expect-error: a client as client options
new FeatureflipProvider({ clientOptions: client });
// @ts-expect-error: a promise of a client
featureflip({ client: FeatureflipClient.create() });
// @ts-expect-error: a function of a client
createFeatureflipAdapter({ client: () => client });
// @ts-expect-error: a bound client is not a client
forWorkers(() => new Response(), { client: client.forContext(user) });
// @ts-expect-error: one-line: a misspelled key, with a client of another version
forWorkers((flags) => Response.json([flags.variation("teir", "free")]), { client: next });
// @ts-expect-error: one-line: a misspelled key in a handler of another version
forNextWorkers((flags) => Response.json([flags.variation("teir", "free")]), { client: typed });
// @ts-expect-error: one-line: a number's reader for a flag of strings
typed.numberVariation("tier", user, 5);
// @ts-expect-error: one-line: a bound client has its context
client.forContext(user).variation("x", user, false);
// @ts-expect-error: one-line: not a state
if (client.status.state === "CLOSED") console.log(client);
// @ts-expect-error: one-line: there may be no source
client.status.source.length;
// @ts-expect-error: a listener gets a list of keys
client.on("update", (key: string) => console.log(key));
// @ts-expect-error: one-line: times are numbers
new FeatureflipClient({ pollInterval: "30s" });
// @ts-expect-error: one-line: a list of inspectors
new FeatureflipClient({ inspectors: () => {} });
// @ts-expect-error: one-line: a list of names
new FeatureflipClient({ privateAttributes: "email" });
// @ts-expect-error: one-line: not a logger
new FeatureflipClient({ logger: "debug" });
// @ts-expect-error: a lock is a function or null
sharedStore({ get: namespace.get, tryLock: () => Promise.resolve(true) });
// @ts-expect-error: one-line: memoryStore has no options
memoryStore({ prefix: "x" });
// @ts-expect-error: one-line: a list of keys
createEvaluationApi({ sdkKeys: "k", environment: { flags: [] } });
// @ts-expect-error: not an API
serve(client);
// @ts-expect-error: no such variation
flag("tier", { free: "free", pro: "pro" }).otherwise(rollout({ free: 50, gold: 50 }));
// @ts-expect-error: one-line: values of a condition are spread
where("plan", "In", ["a", "b"]);
// @ts-expect-error: one-line: a list of origins
createOfrepHandler(client, { public: true, origins: "*" });
// @ts-expect-error: one-line: not a code of an evaluation
if (detail.reason === "ERROR" && detail.error.code === "CONFIGURATION") console.log(detail);
// @ts-expect-error: a flag may be absent
const dark: boolean = typed.allFlags(user)["dark-mode"];
// @ts-expect-error: one-line: a default that is a list is frozen
client.variation("x", user, ["a"]).push("b");
// @ts-expect-error: one-line: a list is not sorted in place
client.jsonVariation("x", user, [3, 1]).sort();
// @ts-expect-error: a redis configuration is not a client
redisStore({ url: "redis://localhost" });
// @ts-expect-error: a handler returns a response
forVercel(() => "hello");
// @ts-expect-error: one-line: refresh has no options
client.refresh({ timeout: 5 });

export { dark, other, ruleId, snapshotModule, store };
