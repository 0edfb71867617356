// node --test examples/testing/node.test.js      (in this repository after `npm run build`)
import assert from "node:assert/strict";
import { test } from "node:test";
import { FeatureflipClient } from "@featureflip/sdk";
import { flag, where } from "@featureflip/sdk/testing";

/** The code under test: it reads a flag. */
function greet(flags, user) {
  return flags.boolVariation("friendly-greeting", { user_id: user }, false) ? `Hi ${user}!` : `Dear ${user}`;
}

test("greet() follows the flag", () => {
  const flags = FeatureflipClient.forTesting({ "friendly-greeting": true });
  assert.equal(greet(flags, "Ada"), "Hi Ada!");

  flags.setTestValue("friendly-greeting", false);
  assert.equal(greet(flags, "Ada"), "Dear Ada");
});

test("greet() follows the flag's rules", async () => {
  const greeting = flag("friendly-greeting").when(where("user_id", "In", "Ada", "Grace"), "on");
  const flags = new FeatureflipClient({ mode: "offline", bootstrap: { flags: [greeting], segments: [] } });
  assert.equal(greet(flags, "Ada"), "Hi Ada!");
  assert.equal(greet(flags, "Alan"), "Dear Alan");
  await flags.close();
});
