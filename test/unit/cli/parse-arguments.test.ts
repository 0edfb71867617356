import { describe, expect, it } from "vitest";
import { parseArguments } from "../../../src/cli/parse-arguments.ts";

const OPTIONS = { port: { type: "string" }, init: { type: "boolean", default: false } } as const;

describe("parseArguments()", () => {
  it("reads options and arguments", () => {
    const { values, positionals } = parseArguments(["--port", "1", "file"], OPTIONS, 1);
    expect({ ...values }).toEqual({ port: "1", init: false });
    expect(positionals).toEqual(["file"]);
  });

  it.each([
    [["--prot", "1"], "Unknown option '--prot'"],
    [["--port"], "Option '--port <value>' argument missing"],
    [["a", "b"], 'Unexpected argument "b"'],
    [["a", "sdk-live-7f3a"], "Unexpected argument (it is not shown, because it may be the SDK key)"],
  ])("refuses %j with exit code 2", (args, message) => {
    expect(() => parseArguments(args, OPTIONS, 1)).toThrow(expect.objectContaining({ message, exitCode: 2 }));
  });
});
