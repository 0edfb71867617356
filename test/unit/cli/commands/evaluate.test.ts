import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readContext, traceFlag } from "../../../../src/cli/commands/evaluate.ts";
import { SAMPLE_ENVIRONMENT } from "../../../../src/cli/dev/sample-environment.ts";
import { serve } from "../../../../src/server/mod.ts";
import { createApi, SDK_KEY } from "../../server/local-api.ts";
import { runCli } from "../run-cli.ts";
import { createSample } from "../sample.ts";
import { createTerminal } from "../terminal-fixture.ts";

const { folder, file, remove } = await createSample();
afterAll(remove);
const server = await serve(createApi());
afterAll(() => server.close());

describe("featureflip eval", () => {
  it("prints the value, and the reason beside it", async () => {
    const args = ["eval", "pricing-tier", "--file", file, "-c", `{"plan":"pro"}`];
    expect(await runCli(args)).toEqual({
      code: 0,
      out: `"pro"\n`,
      err: `RULE_MATCH, rule "paying", variation "pro"\n`,
    });
    const json = await runCli([...args, "--json"]);
    expect(JSON.parse(json.out)).toEqual({
      key: "pricing-tier",
      value: "pro",
      reason: "RULE_MATCH",
      ruleId: "paying",
      variationKey: "pro",
    });
  });

  it("reads a context from a file", async () => {
    const context = join(folder, "context.json");
    await writeFile(context, `{ "beta": true }`);
    expect(await runCli(["eval", "new-checkout", "--file", file, "-c", `@${context}`])).toMatchObject({
      out: "true\n",
    });
    expect(await runCli(["eval", "new-checkout", "--file", file, "-c", "@/nowhere"])).toMatchObject({
      code: 1,
      err: "featureflip eval: Cannot read /nowhere: it does not exist\n",
    });
  });

  it("notes what is probably a mistake in the context, and so does explain", async () => {
    const context = `{ "plan": ["pro"], "user_id": "ada" }`;
    for (const command of ["eval", "explain"]) {
      const { err } = await runCli([command, "pricing-tier", "--file", file, "-c", context]);
      expect(err).toMatch(/^Attribute "plan" is a list, which conditions compare as one text/m);
    }
  });

  it("reads flags from standard input", async () => {
    const args = ["eval", "pricing-tier", "--file", "-", "-c", `{"plan":"pro"}`];
    expect(await runCli(args, {}, SAMPLE_ENVIRONMENT)).toMatchObject({ code: 0, out: `"pro"\n` });
    expect(await runCli(args, {}, "{")).toMatchObject({
      code: 1,
      err:
        "featureflip eval: standard input, line 1, column 2: expected a name in double quotes, but found the end\n",
    });
  });

  it("suggests a flag for a mistyped key", async () => {
    expect((await runCli(["eval", "pricing-teir", "--file", file])).err).toBe(
      `featureflip eval: Unknown flag "pricing-teir" in ${file}, did you mean "pricing-tier"?\n`,
    );
  });

  it("fails for a flag that is not there, and a file that is wrong", async () => {
    expect(await runCli(["eval", "nope", "--file", file])).toEqual({
      code: 1,
      out: "",
      err: `featureflip eval: Unknown flag "nope" in ${file}\n`,
    });
    const bad = join(folder, "bad.json");
    await writeFile(bad, `{ "flags": [{}] }`);
    expect(await runCli(["eval", "nope", "--file", bad])).toMatchObject({
      code: 1,
      err: `featureflip eval: ${bad}: flags[0].type must be a string, but is missing\n`,
    });
  });

  it("asks the service, by option or environment variable, and never shows the key", async () => {
    const byOption = [
      "eval",
      "by-plan",
      "--base-url",
      server.url,
      "--sdk-key",
      SDK_KEY,
      "-c",
      `{"plan":"pro"}`,
    ];
    expect(await runCli(byOption)).toMatchObject({ code: 0, out: "true\n" });
    const env = { FEATUREFLIP_SDK_KEY: SDK_KEY, FEATUREFLIP_BASE_URL: server.url };
    expect(await runCli(["eval", "by-plan"], env)).toMatchObject({ code: 0, out: "false\n" });
    const refused = await runCli(["eval", "by-plan"], { ...env, FEATUREFLIP_SDK_KEY: "sdk-secret-1" });
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toContain("401");
    expect(refused.err).not.toContain("sdk-secret-1");
  });
});

describe("traceFlag()", () => {
  it("evaluates a flag for a context", async () => {
    const args = ["pricing-tier", "--file", "-", "--json", "--context", '{"plan":"business","seats":20}'];
    const { trace, from, isJson } = await traceFlag(args, createTerminal(SAMPLE_ENVIRONMENT));
    expect(trace.detail).toMatchObject({ value: "pro", reason: "RULE_MATCH" });
    expect([from, isJson]).toEqual(["standard input", true]);
  });

  it("refuses a missing and an unknown key", async () => {
    await expect(traceFlag([], createTerminal())).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/key/),
    });
    const unknown = traceFlag(["pricing-teir", "--file", "-"], createTerminal(SAMPLE_ENVIRONMENT));
    await expect(unknown).rejects.toThrow(/^Unknown flag "pricing-teir" in standard input.*pricing-tier/);
  });
});

describe("readContext()", () => {
  it("reads JSON, or a file after @", async () => {
    expect(await readContext('{"user_id":"u-1"}')).toEqual({ user_id: "u-1" });
    const path = join(folder, "context.json");
    await writeFile(path, '{ "plan": "pro" }');
    expect(await readContext(`@${path}`)).toEqual({ plan: "pro" });
  });

  it("refuses with exit code 2 what is not a JSON object", async () => {
    await expect(readContext("user")).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/^Option '--context' must be JSON: /),
    });
    for (const given of ["[]", "null", '"u-1"']) {
      await expect(readContext(given)).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringMatching(/^Option '--context' must be an object/),
      });
    }
  });
});
