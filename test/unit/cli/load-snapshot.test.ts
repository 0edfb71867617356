import { describe, expect, it } from "vitest";
import { SAMPLE_ENVIRONMENT } from "../../../src/cli/dev/sample-environment.ts";
import { countFlags, loadSnapshot, warningLogger } from "../../../src/cli/load-snapshot.ts";
import { createTerminal } from "./terminal-fixture.ts";

describe("loadSnapshot()", () => {
  it("reads the flags of standard input", async () => {
    const { snapshot, from } = await loadSnapshot({ file: "-" }, createTerminal(SAMPLE_ENVIRONMENT));
    expect(from).toBe("standard input");
    expect(snapshot.flags.map(({ key }) => key)).toContain("pricing-tier");
  });

  it("notes a name that stands twice, and says where a text is invalid", async () => {
    const terminal = createTerminal('{"flags":[],"flags":[]}');
    await loadSnapshot({ file: "-" }, terminal);
    expect(terminal.notes).toEqual([expect.stringMatching(/^standard input, .*flags/)]);
    await expect(loadSnapshot({ file: "-" }, createTerminal("{"))).rejects.toThrow(/^standard input, /);
    await expect(loadSnapshot({ file: "-" }, createTerminal('{"flags":1}'))).rejects.toThrow(
      /^standard input: /,
    );
  });

  it("refuses two sources, and a service without a key", async () => {
    const both = loadSnapshot({ file: "-", key: "sdk-key" }, createTerminal());
    await expect(both).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("cannot be combined"),
    });
    const keyless = loadSnapshot({ url: "http://127.0.0.1:9" }, createTerminal());
    await expect(keyless).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("needs an SDK key"),
    });
  });
});

it("warningLogger() passes on warnings and errors", () => {
  const lines: string[] = [];
  const logger = warningLogger((line) => lines.push(line));
  for (const level of ["debug", "info", "warn", "error"] as const) logger[level](level);
  expect(lines).toEqual(["warn", "error"]);
});

it("countFlags() counts in words", () => {
  expect([0, 1, 2].map(countFlags)).toEqual(["0 flags", "1 flag", "2 flags"]);
});
