import { describe, expect, it } from "vitest";
import { VERSION } from "../../../src/version.ts";
import { runCli } from "./run-cli.ts";

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
    [["pul"], `Unknown command "pul", did you mean "pull"? Commands: dev`],
    [["constructor"], `Unknown command "constructor"`],
    [["eval"], "Missing argument: the flag's key"],
    [["eval", "a", "b"], `Unexpected argument "b"`],
    [["eval", "a", "--bogus"], "Unknown option '--bogus'"],
    [["eval", "a", "--context", "{"], "Option '--context' must be JSON: line 1, column 2"],
    [["eval", "a", "--context", "[]"], "Option '--context' must be an object"],
    [
      ["eval", "a", "--file", "x", "--key", "y"],
      "Option '--file' cannot be combined with '--base-url' or '--sdk-key'",
    ],
    [
      ["eval", "a", "--url", "http://localhost"],
      "Option '--base-url' needs an SDK key: pass '--sdk-key' or set FEATUREFLIP_SDK_KEY",
    ],
    [
      ["pull", "--check", "--sdk-key", "sdk-a", "--base-url", "flags.example"],
      "'baseUrl' must be an absolute http: or https: URL",
    ],
    [["eval", "a", "--sdk-key", "sdk a"], "'sdkKey' must consist of visible ASCII characters"],
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
