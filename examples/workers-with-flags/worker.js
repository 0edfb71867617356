// A Cloudflare Worker whose handler receives flags bound to the request's context:
//   npx wrangler dev --config examples/workers-with-flags/wrangler.json      (.dev.vars beside it has FEATUREFLIP_SDK_KEY=…)
import { withFlags } from "@featureflip/sdk/cloudflare";

export default {
  fetch: withFlags((flags) => new Response(flags.boolVariation("dark-mode", false) ? "dark\n" : "light\n"), {
    context: (request) => ({ user_id: new URL(request.url).searchParams.get("user") }),
  }),
};
