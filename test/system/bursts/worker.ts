/** The Worker under fire: a client for the isolate, or one for each request, with a store or without. */
import { FeatureflipClient } from "@featureflip/sdk";
import type { SnapshotStore } from "@featureflip/sdk";
import { cacheStore, durableObjectStore, kvStore, SnapshotObject } from "@featureflip/sdk/cloudflare";
import type { DurableObjectNamespaceLike, KvNamespaceLike } from "@featureflip/sdk/cloudflare";
import { env as bindings, waitUntil } from "cloudflare:workers";
import type { Answer, Platform } from "./answer.ts";
import { slowTime } from "./slow-time.ts";

export { SnapshotObject };

interface Env {
  readonly ORIGIN: string;
  readonly FLAGS: KvNamespaceLike;
  readonly SNAPSHOTS: DurableObjectNamespaceLike;
}

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

const later = slowTime();

const stores: Readonly<Record<string, (env: Env, key: string) => SnapshotStore>> = {
  kv: ({ FLAGS }, key) => kvStore(FLAGS, { prefix: key }),
  cache: (_, key) => cacheStore({ url: `https://worker.example/${key}` }),
  object: ({ SNAPSHOTS }, prefix) => durableObjectStore(SNAPSHOTS, { prefix }),
};

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Clients for the isolate, by SDK key. Deployed code that does any work here is refused (contract §6). */
const clients = new Map([["sdk-global-scope", make("sdk-global-scope", waitUntil)]]);

/** How many evaluations were made, by SDK key: plain data, which requests may share. */
const evaluations = new Map<string, number>();

/** Whether requests that sleep wake up, and how many have. */
let isMorning = false;
let slept = 0;

const platform: Platform = { hasWeakRef: typeof WeakRef === "function", forbidsWork: forbidsWork() };

export default {
  async fetch(request: Request, env: Env, ctx: Context): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const key = searchParams.get("key") ?? "";
    if (pathname === "/platform") return Response.json(platform);
    if (pathname === "/evaluations") return Response.json(evaluations.get(key) ?? 0);
    if (pathname === "/slept") return Response.json(slept);
    if (pathname === "/sleep") {
      while (!isMorning) await new Promise((resolve) => later(resolve, 10));
      return Response.json(++slept);
    }
    if (pathname === "/wake") return Response.json(isMorning = true);

    const store = stores[searchParams.get("store") ?? ""]?.(env, key);
    const user = searchParams.get("user");
    if (searchParams.has("per-request")) {
      const client = make(key, (work) => ctx.waitUntil(work), store);
      const answer = await evaluate(client, key, user);
      ctx.waitUntil(client.close());
      return Response.json(answer);
    }
    let client = clients.get(key);
    if (client === undefined) clients.set(key, client = make(key, waitUntil, store));
    return Response.json(await evaluate(client, key, user));
  },
};

function make(
  sdkKey: string,
  keepAlive: (work: Promise<unknown>) => void,
  store?: SnapshotStore,
): FeatureflipClient {
  return new FeatureflipClient({
    sdkKey,
    baseUrl: (bindings as unknown as Env).ORIGIN,
    maxAge: 50,
    flushInterval: 250,
    store,
    waitUntil: keepAlive,
    logger: quiet,
  });
}

async function evaluate(client: FeatureflipClient, key: string, user: string | null): Promise<Answer> {
  let failure = "";
  try {
    await client.waitForInitialization();
  } catch (error) {
    failure = String(error);
  }
  const version = client.variation("burst", { user_id: user }, 0);
  // Without flags nothing is recorded (contract §3.1).
  if (version > 0) evaluations.set(key, (evaluations.get(key) ?? 0) + 1);
  const { state, age = 0 } = client.status;
  return { version, failure, state, age };
}

/** Whether this place is as strict as Cloudflare's own: at module scope there is no timer and no random number. */
function forbidsWork(): boolean {
  return [() => AbortSignal.timeout(1), () => setTimeout(() => {}), () => crypto.randomUUID()].every(
    (work) => {
      try {
        work();
        return false;
      } catch {
        return true;
      }
    },
  );
}
