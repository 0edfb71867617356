/** The Worker of the cases of an outage of KV: a client for each SDK key, on a KV that does as each request says. */
import { FeatureflipClient } from "@featureflip/sdk";
import { kvStore } from "@featureflip/sdk/cloudflare";
import type { KvNamespaceLike } from "@featureflip/sdk/cloudflare";
import { waitUntil } from "cloudflare:workers";
import type { KvMood, OutageAnswer } from "../kv-outage.ts";

const clients = new Map<string, FeatureflipClient>();

/** The name under which the snapshot of an SDK key was written. */
const names = new Map<string, string>();

let mood: KvMood = "well";

/** The isolate's clock is ahead, as far as requests have said. */
let ahead = 0;
const { now } = Date;

/** Answers one request. */
export async function answerInOutage(
  { searchParams }: URL,
  kv: KvNamespaceLike,
  baseUrl: string,
): Promise<Response> {
  const key = searchParams.get("key") ?? "";
  if (searchParams.has("read")) {
    return new Response(await kv.get(names.get(key) ?? "none", { type: "text", cacheTtl: 30 }));
  }
  mood = searchParams.get("kv") as KvMood;
  ahead += Number(searchParams.get("later"));
  Date.now = () => now() + ahead;

  let client = clients.get(key);
  if (client === undefined) {
    const options = {
      sdkKey: key,
      baseUrl,
      store: kvStore(moody(kv, key)),
      waitUntil,
      sendEvents: false,
    };
    clients.set(key, client = new FeatureflipClient({ ...options, logger: quiet }));
  }
  const start = Date.now();
  await client.waitForInitialization().catch(() => {});
  const answer: OutageAnswer = {
    value: client.variation("a", {}, "default"),
    storeError: client.status.storeError?.message,
    took: Date.now() - start,
  };
  return Response.json(answer);
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Each call does as its own time has it. */
function moody(kv: KvNamespaceLike, sdkKey: string): KvNamespaceLike {
  async function so<T>(work: () => Promise<T>): Promise<T> {
    if (mood === "hanging") return await new Promise(() => {});
    if (mood === "failing") throw new Error("KV GET failed: 503 Service Unavailable");
    return await work();
  }
  return {
    get: (...args) => so(() => kv.get(...args)),
    put: (...args) => {
      names.set(sdkKey, args[0]);
      return so(() => kv.put(...args));
    },
  };
}
