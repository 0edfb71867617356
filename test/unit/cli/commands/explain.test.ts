import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FeatureflipClient } from "../../../../mod.ts";
import { SAMPLE_ENVIRONMENT } from "../../../../src/cli/dev/sample-environment.ts";
import { serve } from "../../../../src/server/mod.ts";
import type { EvaluationServer } from "../../../../src/server/mod.ts";
import { createApi } from "../../server/local-api.ts";
import { runCli } from "../run-cli.ts";
import { makeFolder, removeFolder } from "../temporary-folder.ts";

let folder: string;
let file: string;
let server: EvaluationServer;

beforeAll(async () => {
  folder = await makeFolder();
  file = join(folder, "flags.json");
  await writeFile(file, SAMPLE_ENVIRONMENT);
  server = await serve(createApi());
});

afterAll(async () => {
  await server.close();
  await removeFolder(folder);
});

describe("featureflip explain", () => {
  it("prints each step", async () => {
    const args = ["explain", "pricing-tier", "--file", file, "-c", `{"plan":"business","seats":20}`];
    expect((await runCli(args)).out).toBe(`pricing-tier: "pro" (RULE_MATCH)
  ✗ rule "large-companies"
    ✓ plan Equals "business" (is "business")
    ✗ seats GreaterThanOrEqual "100" (is 20)
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
        ✗ beta Equals "true" (missing)
    ✓ no rule matched: fallthrough
    ✓ rollout: userId "ada" is in bucket 64 of 100 (on 0 to 20, off 20 to 100)
    → serves "off"
  → serves "off"
`);
    expect(await explained("search-settings")).toMatch(/\(FLAG_DISABLED\)\n {2}✗ the flag is off\n/);
  });

  it("prints what client.explain() answers as JSON", async () => {
    const { out } = await runCli(["explain", "new-checkout", "--file", file, "--json"]);
    const environment = JSON.parse(SAMPLE_ENVIRONMENT);
    const client = new FeatureflipClient({ mode: "offline", bootstrap: environment });
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(client.explain("new-checkout", {}))));
    await client.close();
  });
});
