// What `wrangler types` adds for the bindings in wrangler.json; the rest is in ../workers.
declare namespace Cloudflare {
  interface Env {
    readonly FLAGS: import("@featureflip/sdk/cloudflare").KvNamespaceLike;
  }
}
