import { describe, expect, it } from "vitest";
import { parsePattern } from "../../../src/regex/parse-pattern.ts";
import { compileProgram } from "../../../src/regex/program.ts";
import { testBySimulation } from "./matchers.ts";

describe("compileProgram()", () => {
  it.each([
    "x{200}",
    "x{201}",
    "a{0,1000}",
    ".{1,4000}",
    "(?:[a-z]{1,63}\\.){1,30}",
    "(((((((((a+)+)+)+)+)+)+)+)+)+",
  ])(
    "writes out %s",
    (source) => {
      for (const matcher of ["backtrack", "simulate"] as const) {
        expect(compileProgram(parsePattern(source), matcher).size).toBeLessThanOrEqual(20_000);
      }
    },
  );

  it.each([
    "a{10000}",
    "a{0,100000}",
    "(?:a{1000}){1000}",
    "(((a{99}){99}){99}){99}",
    "(?:){99999999}",
    "(?:(?:(?:){9999}){9999}){9999}",
    "(?:){4294967296}",
  ])("refuses %s as too large", (source) => {
    for (const matcher of ["backtrack", "simulate"] as const) {
      expect(() => compileProgram(parsePattern(source), matcher)).toThrow(RangeError);
    }
  });

  it("compiles a lookaround once, however often it is repeated", () => {
    expect(compileProgram(parsePattern("(?:(?=ab)a){50}"), "simulate").looks.size).toBe(1);
  });

  it("counts repetitions exactly", () => {
    const counted: [string, number[]][] = [
      ["^a{2}$", [2]],
      ["^a{2,}$", [2, 3, 4, 5]],
      ["^a{1,3}$", [1, 2, 3]],
      ["^(?:aa){1,2}$", [2, 4]],
      ["^a{0}$", [0]],
      ["^a+?$", [1, 2, 3, 4, 5]],
      ["^(?:a{2}){0,2}$", [0, 2, 4]],
    ];
    for (const [source, expected] of counted) {
      const pattern = parsePattern(source);
      const lengths = [0, 1, 2, 3, 4, 5].filter((length) =>
        testBySimulation(pattern, "a".repeat(length)).matched
      );
      expect(lengths, source).toEqual(expected);
    }
  });
});
