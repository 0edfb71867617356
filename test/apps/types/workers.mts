import type { ContextClient } from "@featureflip/sdk";
import { kvStore, withFlags } from "@featureflip/sdk/cloudflare";

interface Env {
  readonly FEATUREFLIP_SDK_KEY: string;
  readonly FLAGS: KVNamespace;
}

interface Flags {
  readonly "dark-mode": boolean;
}

export default {
  fetch: withFlags(
    (flags: ContextClient<Flags>, request: Request, env: Env) =>
      Response.json([flags.variation("dark-mode", false), request.url, env.FEATUREFLIP_SDK_KEY]),
    { clientOptions: (_request, env) => ({ store: kvStore(env.FLAGS) }) },
  ),
} satisfies ExportedHandler<Env>;
