import { expect, test } from "@jest/globals";
import { FeatureflipClient } from "@featureflip/sdk";
import type { FeatureflipClientLike } from "@featureflip/sdk";
import { flag } from "@featureflip/sdk/testing";

interface Flags {
  readonly tier: "free" | "pro";
}

function price(client: FeatureflipClientLike<Flags>, user: string): number {
  return client.variation("tier", { user_id: user }, "free") === "pro" ? 20 : 0;
}

test("import loads the package", () => {
  expect(price(FeatureflipClient.forTesting<Flags>({ tier: "pro" }), "ada")).toBe(20);
  expect(flag("dark-mode").off().enabled).toBe(false);
});
