/** One isolate of the fleet: a client with a store or without; the isolate named `writer` refreshes the store. */
import { FeatureflipClient } from "@featureflip/sdk";
import type { SnapshotStore } from "@featureflip/sdk";
import { durableObjectStore, kvStore, SnapshotObject } from "@featureflip/sdk/cloudflare";
import type {
  DurableObjectNamespaceLike,
  DurableObjectStateLike,
  DurableStorageLike,
  KvNamespaceLike,
} from "@featureflip/sdk/cloudflare";
import { redisOverHttp, redisStore } from "@featureflip/sdk/redis";
import { env as bindings, waitUntil } from "cloudflare:workers";
import type { Answer } from "./answer.ts";
import { PACE, slowTime } from "./slow-time.ts";

const REGISTRY = Symbol.for("@featureflip/sdk/registry/3");

interface Env {
  readonly NAME: string;
  readonly ORIGIN: string;
  readonly REDIS: string;
  readonly STORE: string;
  /** When time began to run slowly, the same for all isolates; in ms since the epoch. */
  readonly START: number;
  readonly FLAGS: KvNamespaceLike;
  readonly SNAPSHOTS: DurableObjectNamespaceLike;
}

const env = bindings as unknown as Env;
slowTime(env.START);

const lines: string[] = [];
const write = (message: string): void => void lines.push(message);
const stores: Readonly<Record<string, () => SnapshotStore>> = {
  kv: () => kvStore(env.FLAGS),
  object: () => durableObjectStore(env.SNAPSHOTS),
  redis: () => redisStore(redisOverHttp({ url: env.REDIS, token: "redis-token" })),
};
let client = connect();

/** The store's object, whose alarm is set in the time of this isolate. */
export class Snapshots extends SnapshotObject {
  constructor({ storage }: DurableObjectStateLike) {
    const { START } = env;
    super({
      storage: {
        get: storage.get.bind(storage) as DurableStorageLike["get"],
        put: (entries) => storage.put(entries),
        delete: (keys) => storage.delete(keys),
        transaction: (run) => storage.transaction(run),
        getAlarm: () => storage.getAlarm(),
        setAlarm: (time) => storage.setAlarm(START + (time - START) * PACE),
      },
    });
  }

  override refresh(): Promise<void> {
    return client.refresh();
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/log") return Response.json(lines.splice(0));
    // As a Cron trigger.
    if (pathname === "/write") return Response.json(await client.refresh().then(() => "", String));
    if (pathname === "/forget") forget();
    await client.waitForInitialization().catch(() => {});
    const version = client.variation("burst", { user_id: "u" }, 0);
    const { state, age = 0 } = client.status;
    return Response.json({ version, failure: "", state, age } satisfies Answer);
  },
};

/** Makes this a new isolate: nothing is known of the flags. */
function forget(): void {
  (globalThis as { [REGISTRY]?: Map<string, unknown> })[REGISTRY]?.clear();
  client = connect();
}

function connect(): FeatureflipClient {
  return new FeatureflipClient({
    sdkKey: "sdk-fleet",
    baseUrl: env.ORIGIN,
    maxAge: 5_000,
    store: stores[env.STORE]?.(),
    waitUntil,
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, "x-isolate": env.NAME } }),
    logger: { debug() {}, info: write, warn: write, error: write },
  });
}
