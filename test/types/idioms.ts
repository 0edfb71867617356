/** Programs that must compile with every supported compiler, and the types that they get. */
import { Hono } from "hono";
import type { Context } from "hono";
import {
  ConfigurationError,
  FeatureflipClient,
  FeatureflipError,
  InitializationError,
  PayloadError,
  RequestError,
} from "@featureflip/sdk";
import type {
  AnyFlags,
  Bootstrap,
  ContextClient,
  ContextInput,
  DeepReadonly,
  EvaluationDetail,
  FeatureflipClientLike,
  FeatureflipOptions,
  Fetch,
  FlagKey,
  FlagValue,
  JsonValue,
  SnapshotInput,
  TestClient,
} from "@featureflip/sdk";
import { cacheStore, kvStore, withFlags as forWorkers } from "@featureflip/sdk/cloudflare";
import { explain, Flags as Evaluated } from "@featureflip/sdk/evaluate";
import { featureflip } from "@featureflip/sdk/hono";
import { FeatureflipProvider } from "@featureflip/sdk/openfeature";
import { createFeatureflipAdapter, getProviderData } from "@featureflip/sdk/flags-sdk";
import { createOfrepHandler } from "@featureflip/sdk/ofrep";
import { redisOverHttp, redisStore } from "@featureflip/sdk/redis";
import { fileStore, memoryStore, sharedStore } from "@featureflip/sdk/stores";
import { edgeConfigStore, withFlags as forVercel } from "@featureflip/sdk/vercel";
import { FeatureflipClient as NextClient } from "next-sdk";
import type { ContextClient as NextContext, FeatureflipClientLike as NextLike } from "next-sdk";
import { kvStore as nextKvStore, withFlags as forNextWorkers } from "next-sdk/cloudflare";
import { createFeatureflipAdapter as createNextAdapter } from "next-sdk/flags-sdk";
import { featureflip as nextFeatureflip } from "next-sdk/hono";
import { createOfrepHandler as createNextHandler } from "next-sdk/ofrep";
import { FeatureflipProvider as NextProvider } from "next-sdk/openfeature";
import snapshot from "./snapshot.json";

/** `true` for one and the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends
  (<T>() => T extends B ? 1 : 2) ? true : false;

/** Checks a value's type; `same` is of type `false` for any other type, which does not compile. */
function is<Expected>(): <Actual>(
  value: Actual,
  same: Same<Actual, Expected>,
) => void {
  return () => {};
}

type Tier = "free" | "pro";
enum Plan {
  Free = "free",
  Pro = "pro",
}
interface Flags {
  readonly "dark-mode": boolean;
  readonly tier: Tier;
  readonly "rate-limit": number;
  readonly search: {
    readonly engine: string;
    readonly limits: readonly number[];
  };
}

const client = new FeatureflipClient({ sdkKey: "sdk-key" });
const typed = new FeatureflipClient<Flags>({ sdkKey: "sdk-key" });
const user = { user_id: "u-123" };

// 1. The default decides the type.
is<boolean>()(client.variation("a", user, false), true);
is<string>()(client.variation("a", user, "free"), true);
is<number>()(client.variation("a", user, 100), true);
is<unknown>()(client.variation("a", user, null), true);
// 2. Unions survive: explicit, of a variable, of an enum.
const tier: Tier = client.variation<Tier>("tier", user, "free");
const byDefault = "free" as Tier;
is<Tier>()(client.variation("tier", user, byDefault), true);
is<Plan>()(client.variation("tier", user, Plan.Free as Plan), true);
is<Tier>()(client.jsonVariation<Tier>("tier", user, "pro"), true);
is<Tier>()(client.stringVariation<Tier, string>("tier", user, "pro"), true);
is<Tier>()(client.stringVariation("tier", user, byDefault), true);
is<1 | 2>()(client.numberVariation("n", user, 1 as 1 | 2), true);
is<string>()(client.stringVariation("tier", user, "pro"), true);
is<Tier>()(client.forContext(user).variation<Tier>("tier", "free"), true);
// 3. Objects are read-only at any depth.
is<{ readonly features: readonly { readonly name: string }[] }>()(
  client.variation("cfg", user, { features: [{ name: "x" }] }),
  true,
);
is<readonly string[]>()(client.jsonVariation("cfg", user, ["a"]), true);
// Evaluation alone has the types of a client.
const evaluated = new Evaluated<Flags>(snapshot);
is<boolean>()(evaluated.variation("dark-mode", user, false), true);
is<Tier>()(evaluated.variationDetail("tier", user, "free").value, true);
is<Partial<Flags>>()(evaluated.allFlags(user), true);
is<string>()(new Evaluated(snapshot).variation("a", user, "x"), true);
is<"And" | "Or">()(
  explain(evaluated, "tier", user).rules[0]?.groups[0]?.operator,
  true,
);
// 4. Described flags.
is<boolean>()(typed.variation("dark-mode", user, false), true);
is<Tier>()(typed.variation("tier", user, "free"), true);
is<Tier>()(typed.stringVariation("tier", user, "free"), true);
is<EvaluationDetail<Tier>>()(typed.variationDetail("tier", user, "free"), true);
is<Tier | undefined>()(typed.allFlags(user).tier, true);
// Values of described flags are read-only at any depth, however they are described, and so may defaults be.
interface Settings {
  engine: string;
  limits: number[];
  nested: { deep: { x: number }[] };
}
interface Mutable {
  settings: Settings;
  list: string[];
  maybe: string[] | null;
  pair: [number, string[]];
  anything: unknown;
  items: unknown[];
  record: Record<string, unknown>;
  json: JsonValue;
}
const mutable = new FeatureflipClient<Mutable>({ sdkKey: "sdk-key" });
is<readonly string[]>()(mutable.variation("list", user, []), true);
is<readonly string[]>()(mutable.variation("list", user, ["a"] as readonly string[]), true);
is<readonly string[] | null>()(mutable.variation("maybe", user, null), true);
is<readonly [number, readonly string[]]>()(mutable.variation("pair", user, [1, []]), true);
is<unknown>()(mutable.variation("anything", user, null), true);
is<readonly unknown[]>()(mutable.variation("items", user, [null, 1]), true);
mutable.variation("record", user, { any: null });
const json: JsonValue = mutable.variation("json", user, [1, { a: null }]);
const settings: DeepReadonly<Settings> = mutable.variation("settings", user, { engine: "x", limits: [], nested: { deep: [] } });
FeatureflipClient.forTesting<Mutable>({ list: ["a"] as readonly string[] }).setTestValue("list", []);
const mutableEvaluated: Evaluated<Mutable> = new Evaluated<Mutable>(snapshot);
is<readonly string[] | undefined>()(mutableEvaluated.allFlags(user).list, true);
// 5. A client of described flags goes wherever a client does.
const plain: FeatureflipClient = typed;
const like: FeatureflipClientLike = typed;
const likeTyped: FeatureflipClientLike<Flags> = typed;
const bound: ContextClient = typed.forContext(user);
const evaluatedPlain: Evaluated = evaluated;
function handOn(client: FeatureflipClientLike, flags: ContextClient): void {
  console.log(client.variation("a", user, 1), flags.variation("a", 1));
}
interface Readable {
  readonly "settings": { readonly limits: readonly number[] };
  readonly tier: Tier;
}
const readable = new FeatureflipClient<Readable>({ sdkKey: "sdk-key" });
handOn(readable, readable.forContext(user));
const plainReadable: FeatureflipClient = readable;
// 6. Details are a union by reason.
function explainDetail(detail: EvaluationDetail<boolean>): string {
  switch (detail.reason) {
    case "RULE_MATCH":
      return detail.ruleId;
    case "PREREQUISITE_FAILED":
      return detail.prerequisiteKey;
    case "ERROR": {
      const { code } = detail.error;
      switch (code) {
        case "CLIENT_NOT_READY":
        case "CLIENT_CLOSED":
        case "TYPE_MISMATCH":
        case "VARIATION_NOT_FOUND":
        case "PREREQUISITE_DEPTH":
        case "EVALUATION_FAILED":
          return code;
        default:
          return code satisfies never;
      }
    }
    default:
      return detail.reason;
  }
}
const { value, reason, variationKey, ruleId, error } = client.variationDetail(
  "a",
  user,
  false,
);
is<string | undefined>()(ruleId, true);
// 7. Contexts: records, interfaces, classes, nothing.
interface User {
  readonly id: string;
}
class Account {
  readonly user_id = "u-1";
}
const contexts: ContextInput[] = [
  user,
  { id: "x" } as User,
  new Account(),
  {},
  null,
  undefined,
  new Map(),
];
// 8. Errors narrow by class and by code.
async function start(): Promise<FeatureflipClient | undefined> {
  try {
    return await FeatureflipClient.create({ sdkKey: "sdk-key" });
  } catch (error) {
    if (
      error instanceof InitializationError && error.reason === "KEY_REJECTED"
    ) throw error;
    if (
      error instanceof InitializationError &&
      error.cause instanceof RequestError
    ) console.log(error.cause.status, error.cause.retryAfter);
    if (error instanceof PayloadError) console.log(error.path);
    if (error instanceof FeatureflipError) console.log(error.code);
    return undefined;
  }
}
function optionOf(error: ConfigurationError | InitializationError): string {
  return error.code === "CONFIGURATION" ? error.option : error.reason;
}
// 9. Bootstraps.
const bootstraps: Bootstrap[] = [
  snapshot,
  { flags: [] },
  () => snapshot,
  () => Promise.resolve(null),
  async () => JSON.parse("{}"),
  async (): Promise<SnapshotInput> => (await import("./snapshot.json")).default,
];
// 10. Any fetch.
const own: Fetch = (url, init) => fetch(new Request(url, init));
const options: FeatureflipOptions = { fetch, bootstrap: snapshot };
const withOwn: FeatureflipOptions = { fetch: own };
const inMemory: FeatureflipOptions = {
  fetch: (input, init) =>
    Promise.resolve(new Response(`${input}${init.method}`)),
};
// 11. Test clients.
const test: TestClient = FeatureflipClient.forTesting();
test.setTestValue("a", 1);
const typedTest = FeatureflipClient.forTesting<Flags>({ tier: "pro" });
typedTest.setTestValue("tier", "free");
const asClient: FeatureflipClient<Flags> = typedTest;
// 12. Adapters know the flags from the client, or from the handler.
forWorkers((flags) => new Response(flags.variation("tier", "free")), {
  client: typed,
});
forWorkers((flags: ContextClient<Flags>, request: Request) =>
  new Response(flags.variation("tier", "free") + request.url)
);
forWorkers<Flags>((flags) => new Response(flags.variation("tier", "free")));
forWorkers<AnyFlags, { readonly KEY: string }>((flags, _request, env) =>
  new Response(env.KEY + flags.variation("x", ""))
);
forVercel((flags) => new Response(flags.variation("tier", "free")), {
  client: typed,
});
forVercel<Flags>((flags) => new Response(flags.variation("tier", "free")));
new Hono().use(featureflip({ client: typed })).get(
  "/",
  (c) => c.text(c.var.flags.variation("tier", "free")),
);
new Hono().use(featureflip()).get(
  "/",
  (c) => c.text(c.var.flags.variation("anything", "free")),
);
// Bindings: the type of the parameter is enough, and the routes keep the app's own.
interface Bindings {
  readonly REGION: string;
}
new Hono<{ Bindings: Bindings }>()
  .use(
    featureflip({
      context: (c: Context<{ Bindings: Bindings }>) => ({
        region: c.env.REGION,
      }),
    }),
  )
  .get("/", (c) => {
    is<string>()(c.env.REGION, true);
    return c.text(c.var.flags.variation("anything", "free"));
  });
const provider: FeatureflipProvider<Flags> = new FeatureflipProvider({
  client: typed,
});
is<Tier>()(provider.client.variation("tier", user, "free"), true);
new FeatureflipProvider({ clientOptions: { sdkKey: "sdk-key" } });
// 13. Generic helpers.
const read = <T>(key: string, fallback: T): FlagValue<AnyFlags, string, T> =>
  client.variation(key, user, fallback);
function readTyped<Key extends FlagKey<Flags>>(
  key: Key,
): FlagValue<Flags, Key, unknown> {
  return typed.variation(key, user, null as unknown as Flags[Key]);
}
// 14. The end.
async function end(): Promise<void> {
  await client.close({ timeout: 0 });
  if (client.status.isClosed) console.log(client.status.state);
  await using scoped = new FeatureflipClient({ mode: "offline" });
  console.log(scoped.isInitialized);
}
const stop: () => void = client.on(
  "update",
  (keys) => console.log(keys.length),
);
// 15. Another version of this package beside it: its clients, described or not, and its stores.
const next = new NextClient<Flags>({ sdkKey: "sdk-key" });
const nextPlain = new NextClient({ sdkKey: "sdk-key" });
const fromNext: FeatureflipClientLike = nextPlain;
const likeNext: NextLike<Flags> = typed;
const boundNext: NextContext<Flags> = typed.forContext(user);
forWorkers((flags) => new Response(flags.variation("tier", "free")), { client: next });
forNextWorkers((flags) => new Response(flags.variation("tier", "free")), { client: typed });
new Hono().use(nextFeatureflip({ client: typed })).get("/", (c) => c.text(c.var.flags.variation("tier", "free")));
is<Tier>()(new NextProvider({ client: typed }).client.variation("tier", user, "free"), true);
createNextAdapter({ client: typed });
createFeatureflipAdapter({ client: nextPlain });
void getProviderData({ client: next });
createNextHandler(typed, { public: true, flags: ["tier"] });
createOfrepHandler(next, { public: true, flags: ["tier"] });
class Service {
  constructor(readonly client: FeatureflipClientLike<Flags>) {}
}
const services = [typed, next, FeatureflipClient.forTesting<Flags>({ tier: "pro" })].map((client) => new Service(client));
// 16. What may be unset, with exactOptionalPropertyTypes.
declare const env: {
  readonly KEY?: string;
  readonly PREFIX: string | undefined;
  readonly FLAGS: {
    get(key: string, options: { type: "text"; cacheTtl: number }): Promise<string | null>;
    put(key: string, value: string): Promise<void>;
  };
};
const { KEY: sdkKey, PREFIX: prefix } = env;
const write = undefined;
new FeatureflipClient({ sdkKey, store: kvStore(env.FLAGS, { prefix, cacheTtl: undefined }) });
new FeatureflipClient({ store: nextKvStore(env.FLAGS) });
fileStore("flags", { prefix });
cacheStore({ url: "https://flags.example", prefix });
redisStore(redisOverHttp({ url: "https://redis.example", token: "t", fetch: undefined }), { prefix });
edgeConfigStore({ get: () => Promise.resolve(null) }, { prefix, write });
new FeatureflipClient({ store: memoryStore() });
sharedStore({ get: async (name) => name, tryLock: async (_name, ttl) => ttl > 0 ? async () => {} : null });
// 17. More of what people write.
const session: { readonly user?: { readonly id: string } } = {};
client.variation("a", session.user, false);
client.variation("a", { user_id: session.user?.id, plan: undefined }, false);
const LEVELS = ["low", "high"] as const;
is<"low" | "high">()(client.variation("a", user, LEVELS[0] as (typeof LEVELS)[number]), true);
const satisfied = { sdkKey: "sdk-key", mode: "polling", pollInterval: 5_000 } satisfies FeatureflipOptions;
new FeatureflipClient({ ...satisfied, logger: console });
const nullable = new FeatureflipClient<{ color: "red" | null }>({ sdkKey: "sdk-key" });
is<"red" | null>()(nullable.variation("color", user, null), true);
forWorkers<Flags, typeof env>((flags) => new Response(flags.variation("tier", "free")), {
  clientOptions: (_request, { KEY, FLAGS }) => ({ sdkKey: KEY, store: kvStore(FLAGS) }),
});
interface Purchase {
  readonly amount: number;
}
client.track("bought", user, { amount: 5 } as Purchase);

export {
  asClient,
  boundNext,
  fromNext,
  likeNext,
  services,
  bootstraps,
  bound,
  contexts,
  end,
  evaluatedPlain,
  error,
  explainDetail,
  inMemory,
  like,
  likeTyped,
  json,
  optionOf,
  options,
  plain,
  plainReadable,
  provider,
  read,
  readTyped,
  reason,
  settings,
  start,
  stop,
  tier,
  value,
  variationKey,
  withOwn,
};
