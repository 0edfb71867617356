// bun test examples/testing/bun.test.ts
import { expect, test } from "bun:test";
import { FeatureflipClient } from "@featureflip/sdk";
import { flag, where } from "@featureflip/sdk/testing";

/** The code under test: it reads a flag. */
function greet(flags: FeatureflipClient, user: string): string {
  return flags.boolVariation("friendly-greeting", { user_id: user }, false) ? `Hi ${user}!` : `Dear ${user}`;
}

test("greet() follows the flag", () => {
  const flags = FeatureflipClient.forTesting({ "friendly-greeting": true });
  expect(greet(flags, "Ada")).toBe("Hi Ada!");

  flags.setTestValue("friendly-greeting", false);
  expect(greet(flags, "Ada")).toBe("Dear Ada");
});

test("greet() follows the flag's rules", async () => {
  const greeting = flag("friendly-greeting").when(where("user_id", "In", "Ada", "Grace"), "on");
  const flags = new FeatureflipClient({ mode: "offline", bootstrap: { flags: [greeting], segments: [] } });
  expect(greet(flags, "Ada")).toBe("Hi Ada!");
  expect(greet(flags, "Alan")).toBe("Dear Alan");
  await flags.close();
});
