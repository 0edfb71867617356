import { describe, expect, it } from "vitest";
import { matches } from "../../../support/matches.ts";

describe("equalsAny()", () => {
  it.each(["Equals", "In"])("under %s compares a finite number as a number (contract §3.3)", (operator) => {
    expect(matches(1, operator, ["1.0"])).toBe(true);
    expect(matches(1, operator, ["abc", " 1e0\n"])).toBe(true);
    expect(matches(1.5, operator, ["1.50", "2"])).toBe(true);
    expect(matches(-0, operator, ["0"])).toBe(true);
    expect(matches(0, operator, ["-0", "7"])).toBe(true);
    expect(matches(1000, operator, ["1,000"])).toBe(false);
    expect(matches(16, operator, ["0x10"])).toBe(false);
    expect(matches(0, operator, ["", " "])).toBe(false);
    expect(matches(1, operator, [true])).toBe(false);
    expect(matches(1, operator, ["abc"])).toBe(false);
    expect(matches(1, operator, [])).toBe(false);
    expect(matches(Number.MAX_VALUE, operator, ["1e400"])).toBe(false);
  });

  it.each(["NotEquals", "NotIn"])(
    "under %s matches when no value is that number (contract §3.3)",
    (operator) => {
      expect(matches(1, operator, ["1.0"])).toBe(false);
      expect(matches(1, operator, ["2", "1.0"])).toBe(false);
      expect(matches(1, operator, ["2", "abc"])).toBe(true);
      expect(matches(1, operator, [])).toBe(true);
    },
  );

  it.each([4, 5, 40])(
    "compares alike with %i values: folded text, numbers, booleans (contract §3.3)",
    (count) => {
      const others = Array.from({ length: count - 1 }, (_, index) => `other-${index}`);
      for (const operator of ["Equals", "In"]) {
        expect(matches("PRO", operator, [...others, "pro"])).toBe(true);
        expect(matches("pro", operator, [...others, "Pro"])).toBe(true);
        expect(matches("Pro", operator, [...others, "Pro"])).toBe(true);
        expect(matches("prö", operator, [...others, "PRÖ"])).toBe(true);
        expect(matches("free", operator, [...others, "pro"])).toBe(false);
        expect(matches(1, operator, [...others, "1.0"])).toBe(true);
        expect(matches(1, operator, [...others, "1"])).toBe(true);
        expect(matches("1", operator, [...others, "1.0"])).toBe(false);
        expect(matches("1.0", operator, [...others, "1.0"])).toBe(true);
        expect(matches(2, operator, [...others, "1.0"])).toBe(false);
        expect(matches(true, operator, [...others, "TRUE"])).toBe(true);
        expect(matches(true, operator, [...others, "true"])).toBe(true);
        expect(matches(false, operator, [...others, "true"])).toBe(false);
        expect(matches(NaN, operator, [...others, "nan"])).toBe(true);
        expect(matches(Infinity, operator, [...others, "1e400"])).toBe(false);
      }
      for (const operator of ["NotEquals", "NotIn"]) {
        expect(matches("PRO", operator, [...others, "pro"])).toBe(false);
        expect(matches(1, operator, [...others, "1.0"])).toBe(false);
        expect(matches(2, operator, [...others, "1.0"])).toBe(true);
      }
    },
  );

  it("compares anything but a finite number as text (contract §3.3)", () => {
    expect(matches("1", "Equals", ["1.0"])).toBe(false);
    expect(matches("1", "Equals", ["1"])).toBe(true);
    expect(matches(NaN, "Equals", ["nan"])).toBe(true);
    expect(matches(Infinity, "In", ["INFINITY"])).toBe(true);
    expect(matches(Infinity, "In", ["1e400"])).toBe(false);
    expect(matches(true, "Equals", ["TRUE"])).toBe(true);
    expect(matches(true, "Equals", [true])).toBe(true);
    expect(matches(true, "Equals", ["1"])).toBe(false);
    expect(matches(1n, "Equals", ["1.0"])).toBe(false);
    expect(matches(1n, "Equals", ["1"])).toBe(true);
    expect(matches(new Number(1), "Equals", ["1.0"])).toBe(false);
    expect(matches("", "Equals", [""])).toBe(true);
    expect(matches(["a", "b"], "Equals", ["A,B"])).toBe(true);
  });

  it("reads numbers and booleans among the values as their strings (contract §2.1)", () => {
    expect(matches("1.5", "Equals", [1.5])).toBe(true);
    expect(matches("true", "In", ["x", true])).toBe(true);
    expect(matches(1.5, "In", [1.5])).toBe(true);
    expect(matches("-0", "Equals", [-0])).toBe(false);
  });
});

describe("folding (contract §3.3)", () => {
  it.each<[string, string, boolean]>([
    ["PRO", "pro", true],
    ["ÄÖÜ", "äöü", true],
    ["İ", "i̇", true],
    ["İ", "i", false],
    ["I", "ı", false],
    ["ẞ", "ß", true],
    ["ß", "SS", false],
    ["Σ", "σ", true],
    ["ΟΔΟΣ", "οδος", true],
    ["ΟΔΟΣ", "οδοσ", false],
    ["\u212a", "k", true],
    ["𐐀", "𐐨", true],
    ["é", "e\u0301", false],
    ["\ud800", "\ud800", true],
    ["\ud800", "\ufffd", false],
    [" pro", "pro", false],
    ["@", "`", false],
    ["", "pro", false],
    ["pro", "", false],
    ["", "", true],
    ["pRÖ", "prö", true],
  ])("is toLowerCase() on both sides: %j equals %j is %s", (value, other, isMatch) => {
    expect(matches(value, "Equals", [other])).toBe(isMatch);
    expect(matches(value, "In", ["x", other])).toBe(isMatch);
    expect(matches(value, "NotEquals", [other])).toBe(!isMatch);
    expect(matches(value, "NotIn", ["x", other])).toBe(!isMatch);
  });
});

describe("containsAny(), startsWithAny() and endsWithAny()", () => {
  it.each<[string, readonly string[], readonly boolean[]]>([
    // contains, starts with, ends with
    ["Featureflip", ["REF"], [true, false, false]],
    ["Featureflip", ["feat"], [true, true, false]],
    ["Featureflip", ["FLIP"], [true, false, true]],
    ["Featureflip", ["x", "flip"], [true, false, true]],
    ["Featureflip", ["x", "y"], [false, false, false]],
    ["Featureflip", [""], [true, true, true]],
    ["Featureflip", [], [false, false, false]],
    ["", [""], [true, true, true]],
    ["", ["a"], [false, false, false]],
    ["ΑΣ", ["Σ"], [false, false, false]],
    ["ΑΣΑ", ["Σ"], [true, false, false]],
    ["ab", ["abc"], [false, false, false]],
  ])("find in %j some of %j, folded (contract §3.3)", (value, values, [contains, startsWith, endsWith]) => {
    expect(matches(value, "Contains", values)).toBe(contains);
    expect(matches(value, "NotContains", values)).toBe(!contains);
    expect(matches(value, "StartsWith", values)).toBe(startsWith);
    expect(matches(value, "EndsWith", values)).toBe(endsWith);
  });

  it("compare a number as its text (contract §3.3)", () => {
    expect(matches(1234, "Contains", ["23"])).toBe(true);
    expect(matches(1.5, "StartsWith", ["1."])).toBe(true);
    expect(matches(1e21, "EndsWith", ["E+21"])).toBe(true);
    expect(matches(-0, "StartsWith", ["-"])).toBe(false);
  });
});

describe("matchesSome()", () => {
  it("finds some value, as a pattern, case by case (contract §3.3)", () => {
    expect(matches("abc", "MatchesRegex", ["b"])).toBe(true);
    expect(matches("abc", "MatchesRegex", ["B"])).toBe(false);
    expect(matches("abc", "MatchesRegex", ["(?i)B"])).toBe(true);
    expect(matches("abc", "MatchesRegex", ["x", "^a"])).toBe(true);
    expect(matches("abc", "MatchesRegex", [])).toBe(false);
    expect(matches(42, "MatchesRegex", ["^\\d+$"])).toBe(true);
    expect(matches(true, "MatchesRegex", ["^true$"])).toBe(true);
  });

  it("warns of a pattern that does not compile, which matches nothing (contract §3.3)", () => {
    const warnings: string[] = [];
    expect(matches("(", "MatchesRegex", ["(", "\\("], { warnings })).toBe(true);
    expect(warnings).toEqual(['Cannot compile pattern "(": it matches nothing']);
    expect(matches("(", "MatchesRegex", ["("])).toBe(false);
    expect(matches("(", "MatchesRegex", ["("], { negate: true })).toBe(true);
  });
});
