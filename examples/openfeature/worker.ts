// A Cloudflare Worker that reads a flag through OpenFeature. Its SDK needs the compatibility flag `nodejs_compat`:
//   npx wrangler dev --config examples/openfeature/wrangler.json      (.dev.vars beside it has FEATUREFLIP_SDK_KEY=…)
import { env, waitUntil } from "cloudflare:workers";
import { OpenFeature } from "@openfeature/server-sdk";
import { FeatureflipProvider } from "@featureflip/sdk/openfeature";

// On other runtimes use `await OpenFeature.setProviderAndWait(new FeatureflipProvider())`. On Workers, flags are loaded
// by the requests that need them.
OpenFeature.setProvider(
  new FeatureflipProvider({
    clientOptions: {
      sdkKey: env.FEATUREFLIP_SDK_KEY,
      baseUrl: env.FEATUREFLIP_BASE_URL,
      waitUntil,
    },
  }),
);

export default {
  async fetch(request: Request): Promise<Response> {
    const targetingKey = new URL(request.url).searchParams.get("user") ?? "";
    const flags = OpenFeature.getClient();
    const darkMode = await flags.getBooleanValue("dark-mode", false, { targetingKey });
    return new Response(darkMode ? "dark\n" : "light\n");
  },
};
