import { FeatureflipClient } from "@featureflip/sdk";
import type { SnapshotStore } from "@featureflip/sdk";
import {
  cacheStore,
  durableObjectStore,
  kvStore,
  withFlags as forWorkers,
} from "@featureflip/sdk/cloudflare";
import { explain, Flags } from "@featureflip/sdk/evaluate";
import { createFeatureflipAdapter } from "@featureflip/sdk/flags-sdk";
import { featureflip } from "@featureflip/sdk/hono";
import { FeatureflipProvider } from "@featureflip/sdk/openfeature";
import { openTelemetryInspector } from "@featureflip/sdk/opentelemetry";
import { redisOverHttp, redisStore } from "@featureflip/sdk/redis";
import { memoryStore } from "@featureflip/sdk/stores";
import { flag, rollout, segment, where } from "@featureflip/sdk/testing";
import { edgeConfigStore, withFlags as forVercel } from "@featureflip/sdk/vercel";

/**
 * Does what applications do before the first request: imports every entry that runs on request-scoped runtimes, and
 * makes what that entry is for. A Worker's global scope allows none of it any work (contract §6).
 *
 * @param url Where a service would be: nobody asks it.
 * @returns Lets go of the clients.
 */
export function startUp(url: string): () => Promise<void> {
  const environment = {
    flags: [
      flag("split", { on: true, off: false }).whenSegment("staff", "on").otherwise(
        rollout({ on: 50, off: 50 }),
      ),
    ],
    segments: [segment("staff", where("email", "MatchesRegex", "@example\\.com$"))],
  };
  const options = { sdkKey: "sdk-start-up", baseUrl: url };
  const stores: SnapshotStore[] = [
    memoryStore(),
    cacheStore({ url }),
    kvStore(unasked()),
    durableObjectStore<unknown>(unasked()),
    edgeConfigStore(unasked()),
    redisStore(redisOverHttp({ url, token: "token" })),
  ];
  const clients = [
    new FeatureflipClient(options),
    new FeatureflipClient({ ...options, sdkKey: "sdk-start-up-lazy", mode: "lazy", bootstrap: environment }),
    ...stores.map((store, at) => new FeatureflipClient({ ...options, sdkKey: `sdk-start-up-${at}`, store })),
    new FeatureflipClient({ mode: "offline", bootstrap: environment }),
    FeatureflipClient.forTesting({ split: true }, {
      inspectors: [openTelemetryInspector({ trace: { getActiveSpan: () => undefined } })],
    }),
  ];
  for (const client of clients) {
    client.on("update", () => {});
    client.forContext({ user_id: "u-1" });
    // Flags that are there can be asked, by their patterns and hashes too.
    client.variation("split", { user_id: "u-1", email: "ada@example.com" }, false, { track: false });
    client.allFlags({ user_id: "u-1" });
    if (client.status.lastError !== undefined) throw client.status.lastError;
  }
  const flags = new Flags(environment);
  flags.allFlags({ user_id: "u-1" });
  explain(flags, "split", { user_id: "u-1" });
  const client = clients[0]!;
  forWorkers(() => new Response(), { clientOptions: options });
  forVercel(() => new Response(), { clientOptions: options });
  featureflip({ clientOptions: options });
  createFeatureflipAdapter({ clientOptions: options });
  new FeatureflipProvider({ client });
  return async () => {
    for (const client of clients) await client.close();
  };
}

/** A platform's object: its methods can be looked at, and must not be called yet. */
function unasked<T extends object>(): T {
  return new Proxy({} as T, {
    get: (_, name) => (): never => {
      throw new Error(`Something called ${String(name)}() before the first request`);
    },
  });
}
