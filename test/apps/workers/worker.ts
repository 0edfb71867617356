import { env, waitUntil } from "cloudflare:workers";
import { FeatureflipClient } from "@featureflip/sdk";
import { durableObjectStore, kvStore, SnapshotObject, withFlags } from "@featureflip/sdk/cloudflare";

const client = new FeatureflipClient({
  sdkKey: env.FEATUREFLIP_SDK_KEY,
  baseUrl: env.FEATUREFLIP_BASE_URL,
  store: durableObjectStore(env.SNAPSHOTS),
  waitUntil,
});

export class Snapshots extends SnapshotObject {
  override refresh(): Promise<void> {
    return client.refresh();
  }
}

export default {
  fetch: withFlags(
    (flags, request: Request, env: Env) =>
      Response.json([flags.boolVariation("dark-mode", false), request.url, env.FEATUREFLIP_SDK_KEY]),
    { clientOptions: (_request, env) => ({ store: kvStore(env.FLAGS), waitUntil }) },
  ),
  async scheduled() {
    await client.refresh();
  },
} satisfies ExportedHandler<Env>;
