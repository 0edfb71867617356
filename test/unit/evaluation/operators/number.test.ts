import { describe, expect, it } from "vitest";
import { parseNumber } from "../../../../src/evaluation/operators/number.ts";
import { matches } from "../../../support/matches.ts";

describe("parseNumber()", () => {
  it("skips tab to carriage return and space around it, and nothing next to them (contract §3.3)", () => {
    for (const blank of ["\t", "\n", "\v", "\f", "\r", " "]) {
      expect(parseNumber(`${blank}${blank}15${blank}${blank}`)).toBe(15);
    }
    for (const other of ["\b", "\x0e", "\x1f", "!", "\0", "\u00a0", "\ufeff", "\u2003"]) {
      expect([parseNumber(`${other}15`), parseNumber(`15${other}`)]).toEqual([NaN, NaN]);
    }
  });

  it.each<[string, number]>([
    ["-1", -1],
    ["1.50", 1.5],
    [".5", 0.5],
    ["1e3", 1000],
    ["+7", 7],
    ["5.", 5],
    ["-.5E-1", -0.05],
    ["1E+2", 100],
    ["007", 7],
    ["-0", -0],
    ["0.1", 0.1],
    ["9007199254740993", 9007199254740992],
    ["1e-400", 0],
    ["1e400", Infinity],
    ["-1e400", -Infinity],
    [`1${"0".repeat(400)}`, Infinity],
    [" 1", 1],
    ["\t\n\v\f\r 1 \r\f\v\n\t", 1],
  ])("reads the decimal literal %j (contract §3.3)", (text, number) => {
    expect(parseNumber(text)).toBe(number);
  });

  it.each([
    "",
    " ",
    "\t\n",
    "1abc",
    "abc",
    "5%",
    "1,000",
    "1_000",
    "0x10",
    "0b1",
    "0o7",
    "1n",
    "Infinity",
    "-Infinity",
    "NaN",
    "true",
    "null",
    ".",
    "-",
    "+",
    "+.",
    "e5",
    ".e5",
    "1e",
    "1e+",
    "1e1.5",
    "1e1e1",
    "1.2.3",
    "--1",
    "+-1",
    "- 1",
    "1 2",
    "1 e3",
    "\u00a01",
    "1\u2003",
    "\ufeff1",
    "1\u0000",
    "١",
    "１",
    "−1",
    "½",
  ])("takes %j for no number (contract §3.3)", (text) => {
    expect(parseNumber(text)).toBeNaN();
  });
});

describe("greaterThan and its kin", () => {
  it.each<[unknown, string, string, boolean]>([
    [2, "GreaterThan", "1", true],
    [1, "GreaterThan", "1.0", false],
    [1, "GreaterThanOrEqual", "1.0", true],
    ["2", "GreaterThan", " 1e0 ", true],
    ["10", "GreaterThan", "9", true],
    [-1, "LessThan", "0", true],
    [0, "LessThan", "-0", false],
    [0, "LessThanOrEqual", "-0", true],
    ["1e400", "GreaterThan", "1e308", true],
    ["1e400", "GreaterThan", "1e400", false],
    ["1e400", "GreaterThanOrEqual", "1e400", true],
    ["1e400", "LessThanOrEqual", "1e401", true],
    ["-1e400", "LessThan", "1e400", true],
    [10n, "GreaterThan", "9", true],
    [new Number(2), "GreaterThan", "1", true],
    [[2], "GreaterThan", "1", true],
  ])("answers %s %s %j with %s (contract §3.3)", (value, operator, other, isMatch) => {
    expect(matches(value, operator, [other])).toBe(isMatch);
  });

  it.each(["GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"])(
    "does not match under %s where a side is no number (contract §3.3)",
    (operator) => {
      for (const value of ["abc", "", true, false, NaN, Infinity, -Infinity, [], {}]) {
        expect(matches(value, operator, ["-1e400", "0", "1e400"])).toBe(false);
      }
      expect(matches(1, operator, ["abc", "", "1,0", true])).toBe(false);
      expect(matches(1, operator, [])).toBe(false);
    },
  );

  it("compares with each value; one that is not a number is skipped (contract §3.3)", () => {
    expect(matches(5, "GreaterThan", ["abc", "9", "4"])).toBe(true);
    expect(matches(5, "GreaterThan", ["abc", "9", "5"])).toBe(false);
  });
});
