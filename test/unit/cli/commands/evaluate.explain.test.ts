import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FeatureflipClient } from "../../../../mod.ts";
import { SAMPLE_ENVIRONMENT } from "../../../../src/cli/dev/sample-environment.ts";
import { flag, segment, where } from "../../../../src/testing/mod.ts";
import { runCli } from "../run-cli.ts";
import { createSample } from "../sample.ts";

const { folder, file, remove } = await createSample();
afterAll(remove);

describe("featureflip explain", () => {
  it("prints each step", async () => {
    const args = ["explain", "pricing-tier", "--file", file, "-c", `{"plan":"business","seats":20}`];
    expect((await runCli(args)).out).toBe(`pricing-tier: "pro" (RULE_MATCH)
  ✗ rule "large-companies"
    ✓ plan Equals "business" (is "business")
    ✗ seats GreaterThanOrEqual 100 (is 20)
  ✓ rule "paying"
    ✓ plan In "pro", "business" (is "business")
  → serves "pro"
`);
  });

  it("prints prerequisites, segments, alternatives and rollouts", async () => {
    const explained = async (key: string): Promise<string> =>
      (await runCli(["explain", key, "--file", file, "-c", `{"user_id":"ada"}`])).out;
    expect(await explained("one-click-payment")).toBe(`one-click-payment: false (PREREQUISITE_FAILED)
  ✗ prerequisite "new-checkout" must serve "on", but serves "off"
    ✗ rule "beta-testers-first" for segment "beta-testers"
      ✗ any of
        ✗ email EndsWith "@example.com" (missing)
        ✗ beta Equals true (missing)
    ✓ no rule matched: fallthrough
    ✓ rollout: userId "ada" is in bucket 64 of 100 (on 0 to 20, off 20 to 100)
    → serves "off"
  → serves "off"
`);
    expect(await explained("search-settings")).toMatch(/\(FLAG_DISABLED\)\n {2}✗ the flag is off\n/);
  });

  it("shows conditions that are not consulted, because a segment decides (contract §3.1)", async () => {
    const path = join(folder, "segment.json");
    const rule = {
      id: "r",
      segmentKey: "eu",
      conditionGroups: [{
        operator: "And",
        conditions: [{ attribute: "plan", operator: "In", values: ["pro", "1", "01"] }],
      }],
      serve: { type: "Fixed", variation: "on" },
    };
    const eu = segment("eu", where("region", "In", "eu"));
    await writeFile(path, JSON.stringify({ flags: [{ ...flag("f"), rules: [rule] }], segments: [eu] }));
    const { out, err } = await runCli(["explain", "f", "--file", path, "-c", `{"region":"eu"}`]);
    expect(out).toContain('    - plan In "pro", 1, "01" (not consulted: the segment decides)\n');
    expect(err).toBe('flags[0].rules[0].conditionGroups is not consulted: the segment "eu" decides\n');
  });

  it("lets no name of a file control the terminal", async () => {
    const path = join(folder, "evil.json");
    const evil = "plan\u001b]0;title\u0007\u009b2K\u202e\u2028\nsecond line";
    const rollout = { type: "Rollout", bucketBy: evil, variations: [{ key: "on", weight: 100 }] };
    const conditions = [{ attribute: evil, operator: evil, values: [evil] }];
    const rules = [{ id: evil, conditionGroups: [{ operator: "And", conditions }], serve: rollout }];
    await writeFile(
      path,
      JSON.stringify({ flags: [{ ...flag("f"), key: evil, rules, fallthrough: rollout }] }),
    );
    for (
      const args of [["explain", evil], ["eval", evil], ["eval", `${evil}x`], ["explain", evil, "--json"]]
    ) {
      const { out, err } = await runCli([...args, "--file", path, "-c", JSON.stringify({ [evil]: evil })]);
      // deno-lint-ignore no-control-regex -- these are what must not be printed
      expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]|^second line/m);
    }
  });

  it("prints what client.explain() answers as JSON", async () => {
    const { out } = await runCli(["explain", "new-checkout", "--file", file, "--json"]);
    const environment = JSON.parse(SAMPLE_ENVIRONMENT);
    const client = new FeatureflipClient({ mode: "offline", bootstrap: environment });
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(client.explain("new-checkout", {}))));
    await client.close();
  });
});
