// `wrangler types` generates this for the bindings in wrangler.json. The rest is in ../workers.
declare namespace Cloudflare {
  interface Env {
    readonly SNAPSHOTS: import("@featureflip/sdk/cloudflare").DurableObjectNamespaceLike;
  }
}
