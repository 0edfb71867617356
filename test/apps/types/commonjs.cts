import { ConfigurationError, FeatureflipClient, FeatureflipError } from "@featureflip/sdk";
import type {
  ContextClient,
  EvaluationDetail,
  FeatureflipClientLike,
  FeatureflipOptions,
} from "@featureflip/sdk";
import { flag, segment, where } from "@featureflip/sdk/testing";

interface Flags {
  readonly "dark-mode": boolean;
  readonly tier: "free" | "pro";
}

const options: FeatureflipOptions = {
  sdkKey: "sdk",
  mode: "offline",
  bootstrap: { flags: [flag("dark-mode")] },
};
const client = new FeatureflipClient<Flags>(options);
const tier: "free" | "pro" = client.variation("tier", { user_id: "ada" }, "free");
const detail: EvaluationDetail<boolean> = client.variationDetail("dark-mode", {}, false);
const bound: ContextClient<Flags> = client.forContext({});
const like: FeatureflipClientLike<Flags> = client;
// @ts-expect-error An unknown key.
client.variation("dark-mod", {}, false);
const friends = segment("friends", where("plan", "Equals", "pro"));

export async function close(): Promise<void> {
  try {
    await client.close();
  } catch (error) {
    if (error instanceof ConfigurationError) console.log(error.option);
    if (error instanceof FeatureflipError) console.log(error.code);
  }
}
export { bound, detail, friends, like, tier };
