/** The Worker under fire: a client for the isolate, or one for each request, with a store or without. */
import { FeatureflipClient } from "@featureflip/sdk";
import { cacheStore, durableObjectStore, kvStore, SnapshotObject } from "@featureflip/sdk/cloudflare";
import type { DurableObjectNamespaceLike, KvNamespaceLike } from "@featureflip/sdk/cloudflare";
import type { SharedStore } from "@featureflip/sdk";

export { SnapshotObject };

interface Env {
  readonly ORIGIN: string;
  readonly FLAGS: KvNamespaceLike;
  readonly SNAPSHOTS: DurableObjectNamespaceLike;
}

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

const stores: Readonly<Record<string, (env: Env, key: string) => SharedStore>> = {
  kv: ({ FLAGS }, key) => kvStore(FLAGS, { key }),
  cache: (_, key) => cacheStore({ url: `https://worker.example/${key}` }),
  object: ({ SNAPSHOTS }, name) => durableObjectStore(SNAPSHOTS, { name }),
};

/** Clients for the isolate, by SDK key. */
const clients = new Map<string, FeatureflipClient>();

// Deployed code that does any work here is refused (contract §6).
new FeatureflipClient({ sdkKey: "sdk-global-scope" });

export default {
  async fetch(request: Request, env: Env, ctx: Context): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const key = searchParams.get("key") ?? "";
    const isPerRequest = searchParams.has("per-request");
    const make = (): FeatureflipClient =>
      new FeatureflipClient({
        sdkKey: key,
        baseUrl: env.ORIGIN,
        maxAge: 50,
        flushInterval: 200,
        store: stores[searchParams.get("store") ?? ""]?.(env, key),
        waitUntil: isPerRequest ? (work) => ctx.waitUntil(work) : undefined,
        logger: { debug() {}, info() {}, warn() {}, error() {} },
      });
    let client = isPerRequest ? undefined : clients.get(key);
    if (client === undefined) {
      client = make();
      if (!isPerRequest) clients.set(key, client);
    }
    let failure = "";
    try {
      await client.waitForInitialization();
    } catch (error) {
      failure = String(error);
    }
    const value = client.variation("burst", { user_id: searchParams.get("user") ?? "" }, "default");
    if (isPerRequest) ctx.waitUntil(client.close());
    return Response.json({ value, failure });
  },
};
