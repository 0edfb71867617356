import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FeatureflipClient } from "../../../mod.ts";
import { SAMPLE_ENVIRONMENT } from "../../../src/cli/dev/sample-environment.ts";
import { run } from "../../../src/cli/run.ts";
import { serve } from "../../../src/server/mod.ts";
import type { EvaluationServer } from "../../../src/server/mod.ts";
import { flag } from "../../../src/testing/mod.ts";
import { VERSION } from "../../../src/version.ts";
import { createApi, SDK_KEY } from "../server/local-api.ts";
import { runCli } from "./run-cli.ts";
import { makeFolder, removeFolder } from "./temporary-folder.ts";

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

describe("run()", () => {
  it("says what there is", async () => {
    for (const args of [[], ["--help"], ["help"]]) {
      const { code, out } = await runCli(args);
      expect(code).toBe(0);
      expect(out).toMatch(
        /featureflip dev .*\n.*featureflip eval .*\n.*featureflip explain .*\n.*featureflip pull /,
      );
    }
    for (const name of ["dev", "eval", "explain", "pull"]) {
      expect(await runCli([name, "--help"])).toMatchObject({
        code: 0,
        out: expect.stringContaining(`featureflip ${name}`),
      });
    }
    expect(await runCli(["--version"])).toEqual({ code: 0, out: `${VERSION}\n`, err: "" });
  });

  it.each([
    [["fly"], `Unknown command "fly". Commands: dev, eval, explain, pull`],
    [["constructor"], `Unknown command "constructor"`],
    [["eval"], "Missing argument: the flag's key"],
    [["eval", "a", "b"], `Unexpected argument "b"`],
    [["eval", "a", "--bogus"], "Unknown option '--bogus'"],
    [["eval", "a", "--context", "{"], "Option '--context' must be JSON: line 1, column 2"],
    [["eval", "a", "--context", "[]"], "Option '--context' must be an object"],
    [
      ["eval", "a", "--file", "x", "--key", "y"],
      "Option '--file' cannot be combined with '--url' or '--key'",
    ],
    [
      ["eval", "a", "--url", "http://localhost"],
      "Option '--url' needs an SDK key: pass '--key' or set FEATUREFLIP_SDK_KEY",
    ],
    [["dev", "--port", "70000"], "Option '--port' must be a port, 0 to 65535, but is \"70000\""],
  ])("refuses %j", async (args, message) => {
    const { code, out, err } = await runCli(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
  });

  it("says what Deno was not allowed to do", async () => {
    const error = Object.assign(new Error('Requires env access to "X"'), { name: "NotCapable" });
    const denied = (): never => {
      throw error;
    };
    expect(await runCli(["pull"], denied)).toEqual({
      code: 1,
      out: "",
      err: 'featureflip pull: Requires env access to "X"\n',
    });
    error.name = "Error";
    await expect(runCli(["pull"], denied)).rejects.toBe(error);
  });
});

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
      err: `featureflip eval: ${bad}: flags[0].key must be a string, but is missing\n`,
    });
  });

  it("asks the service, by option or environment variable, and never shows the key", async () => {
    const byOption = ["eval", "by-plan", "--url", server.url, "--key", SDK_KEY, "-c", `{"plan":"pro"}`];
    expect(await runCli(byOption)).toMatchObject({ code: 0, out: "true\n" });
    const env = { FEATUREFLIP_SDK_KEY: SDK_KEY, FEATUREFLIP_BASE_URL: server.url };
    expect(await runCli(["eval", "by-plan"], env)).toMatchObject({ code: 0, out: "false\n" });
    const refused = await runCli(["eval", "by-plan"], { ...env, FEATUREFLIP_SDK_KEY: "sdk-secret-1" });
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toContain("401");
    expect(refused.err).not.toContain("sdk-secret-1");
  });
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

describe("featureflip dev", () => {
  it("can be ended as soon as it has said that it serves", async () => {
    const told: string[] = [];
    const code = await run(["dev", file, "--port", "0"], {
      print: () => void told.push("printed"),
      note: () => {},
      env: () => undefined,
      ended() {
        told.push("listens for its end");
        return Promise.resolve();
      },
    });
    expect(code).toBe(0);
    expect(told).toEqual(["listens for its end", "printed"]);
  });
});

describe("featureflip pull", () => {
  it("writes a snapshot that a client starts from, and the types beside it", async () => {
    const out = join(folder, "pulled", "here");
    const { code } = await runCli(["pull", "--url", server.url, "--key", SDK_KEY, "--out", out]);
    expect(code).toBe(0);
    const bootstrap = JSON.parse(await readFile(join(out, "featureflip.snapshot.json"), "utf8"));
    expect(bootstrap).toEqual(JSON.parse(JSON.stringify(createApi().snapshot)));
    const client = new FeatureflipClient({ mode: "offline", bootstrap });
    expect(client.variation("by-plan", { plan: "pro" }, false)).toBe(true);
    await client.close();
    const types = await readFile(join(out, "featureflip.flags.ts"), "utf8");
    expect(types).toContain(`export interface Flags {\n  readonly "dark-mode": boolean;\n`);
  });

  it("prints nothing of the SDK key, though the service echoes it (contract §1)", async () => {
    const echoes = [
      { flags: SDK_KEY, segments: [] },
      { flags: [{ ...createApi().snapshot.flags[0], fallthrough: { type: SDK_KEY } }], segments: [] },
    ];
    for (const payload of echoes) {
      const fetch = (): Promise<Response> => Promise.resolve(Response.json(payload));
      const echo = await serve({ fetch, close() {} });
      const { out, err } = await runCli(["eval", "dark-mode", "--url", echo.url, "--key", SDK_KEY]);
      expect(err.split("[SDK key]"), "said once").toHaveLength(2);
      expect(out + err).not.toContain(SDK_KEY);
      await echo.close();
    }
  });

  it("tells with --check whether the files are what it would write", async () => {
    const args = ["pull", "--file", file, "--out", folder, "--snapshot", "s.json", "--types", "t.ts"];
    expect(await runCli([...args, "--check"])).toMatchObject({
      code: 1,
      err: `featureflip pull: ${join(folder, "s.json")} is out of date: run \`featureflip pull\`\n`,
    });
    expect(await runCli(args)).toMatchObject({ code: 0 });
    expect(await runCli([...args, "--check"])).toMatchObject({ code: 0 });
    await writeFile(join(folder, "t.ts"), "// edited");
    expect(await runCli([...args, "--check"])).toMatchObject({ code: 1 });
  });

  it("writes and compares the types alone with --types-only: an edit of a rule is no news to them", async () => {
    const out = join(folder, "types");
    const flags = join(out, "flags.json");
    const types = join(out, "featureflip.flags.ts");
    await mkdir(out);
    await writeFile(flags, JSON.stringify({ flags: [flag("dark-mode")] }));
    const args = ["pull", "--file", flags, "--out", out, "--types-only"];
    expect(await runCli(args)).toEqual({ code: 0, out: `Wrote ${types}: 1 flag from ${flags}\n`, err: "" });
    expect((await readdir(out)).sort()).toEqual(["featureflip.flags.ts", "flags.json"]);

    await writeFile(flags, JSON.stringify({ flags: [flag("dark-mode").otherwise("on")] }));
    expect(await runCli([...args, "--check"])).toEqual({
      code: 0,
      out: `${types} is up to date with ${flags}\n`,
      err: "",
    });
    await writeFile(flags, JSON.stringify({ flags: [flag("dark-mode", { a: "a", b: "b" })] }));
    expect(await runCli([...args, "--check"])).toMatchObject({ code: 1, out: "" });
  });
});
