// The part of `wrangler types`' output that these Workers need.
declare module "cloudflare:workers" {
  export const env: Cloudflare.Env;
  export function waitUntil(work: Promise<unknown>): void;
}

declare namespace Cloudflare {
  interface Env {
    readonly FEATUREFLIP_SDK_KEY: string;
    readonly FEATUREFLIP_BASE_URL?: string;
  }
}
