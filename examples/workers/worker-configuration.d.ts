// As much of what `wrangler types` writes as this Worker needs.
declare module "cloudflare:workers" {
  export const env: {
    readonly FEATUREFLIP_SDK_KEY: string;
    readonly FEATUREFLIP_BASE_URL?: string;
  };
  export function waitUntil(work: Promise<unknown>): void;
}
