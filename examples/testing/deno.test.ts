// deno test examples/testing/deno.test.ts
import { assertEquals } from "@std/assert";
import { FeatureflipClient } from "@featureflip/sdk";
import { flag, where } from "@featureflip/sdk/testing";

/** The code under test: it reads a flag. */
function greet(flags: FeatureflipClient, user: string): string {
  return flags.boolVariation("friendly-greeting", { user_id: user }, false) ? `Hi ${user}!` : `Dear ${user}`;
}

Deno.test("greet() follows the flag", () => {
  const flags = FeatureflipClient.forTesting({ "friendly-greeting": true });
  assertEquals(greet(flags, "Ada"), "Hi Ada!");

  flags.setTestValue("friendly-greeting", false);
  assertEquals(greet(flags, "Ada"), "Dear Ada");
});

Deno.test("greet() follows the flag's rules", async () => {
  const greeting = flag("friendly-greeting").when(where("user_id", "In", "Ada", "Grace"), "on");
  const flags = new FeatureflipClient({ mode: "offline", bootstrap: { flags: [greeting], segments: [] } });
  assertEquals(greet(flags, "Ada"), "Hi Ada!");
  assertEquals(greet(flags, "Alan"), "Dear Alan");
  await flags.close();
});
