// deno test examples/testing/deno.test.ts
import { assertEquals } from "@std/assert";
import { FeatureflipClient } from "@featureflip/sdk";

/** What is tested: some code of yours that reads a flag. */
function greet(flags: FeatureflipClient, user: string): string {
  return flags.variation("friendly-greeting", { user_id: user }, false) ? `Hi ${user}!` : `Dear ${user}`;
}

Deno.test("greet() follows the flag", () => {
  const flags = FeatureflipClient.forTesting({ "friendly-greeting": true });
  assertEquals(greet(flags, "Ada"), "Hi Ada!");

  flags.setTestValue("friendly-greeting", false);
  assertEquals(greet(flags, "Ada"), "Dear Ada");
});
