import { describe, expect, it } from "vitest";
import { parsePattern } from "../../../src/regex/parse-pattern.ts";
import { testByBacktracking } from "./matchers.ts";

describe("backtrack()", () => {
  it.each([
    ["(a)\\1", "aa", true],
    ["(a)\\1", "ab", false],
    ["^(.+)\\1$", "abcabc", true],
    ["^(.+)\\1$", "abcabd", false],
    ["\\1(a)", "a", true], // not taken part yet: empty
    ["(?:(a)|b)*\\1$", "ab", true], // forgotten by the second iteration
    ["^(?:(a)|b)*\\1$", "aba", false],
    ["^(?:(a)|b)*\\1$", "abaa", true],
    ["^(a\\1)+$", "aa", true], // not closed yet: empty
    ["(?=(a+))a*b\\1", "baaabac", true],
    ["(?=(a))\\1b", "ab", true], // a lookahead's capture outlives it
    ["(?!(a))\\1b", "b", true],
    ["(?=(a+))\\1a", "aaa", false], // a lookahead is not entered again
    ["(?<=(\\d+)(\\d+))$", "1053", true],
    ["^(?<=(\\w)\\1)x|(?<=\\1(\\w))x", "abx", true],
    ["(?<=\\1(a))b", "aab", true], // read backward, the group comes first
    ["(?<=\\1(a))b", "cab", false],
    ["(?<=(\\1a))b", "ab", true], // not closed yet, from the other end
    ["(?i)(?<=\\1(aa))b", "aab", false], // would begin before the value
    ["(?i)\\b(aa)\\1", "aaa", false],
    ["(?<x>a|b)\\k<x>", "bb", true],
    ["\\k<x>(?<x>a)", "a", true],
    ["(?i)(a)\\1", "aA", true],
    ["(?i:(a))\\1", "AA", true],
    ["(?i:(a))\\1", "Aa", false],
    ["(a*)*\\1b", "b", true],
    ["(z)((a+)?(b+)?(c))*\\3$", "zaacbbbcac", false],
    ["(z)((a+)?(b+)?(c))*\\4$", "zaacbbbcac", true],
    ["(\\p{L})\\1", "\u{10400}\u{10400}", true],
    ["(?i)(\\p{L})\\1", "\u{10400}\u{10428}", true],
  ])("follows captures: %j in %j is %j", (source, value, expected) => {
    const pattern = parsePattern(source);
    expect(testByBacktracking(pattern, value)).toMatchObject({ matched: expected, exhausted: false });
  });

  it.each(["(a*)*\\1b", "(a|a)*\\1b", "(a+)+\\1$", "^(a+)+(a+)+\\2b"])(
    "abandons %j when its steps run out, at whatever length (contract §3.3)",
    (source) => {
      const pattern = parsePattern(source);
      for (const length of [100, 1000, 10_000]) {
        const { matched, steps, exhausted } = testByBacktracking(pattern, "a".repeat(length) + "c", 100_000);
        expect({ matched, exhausted }).toEqual({ matched: false, exhausted: true });
        // One step may compare as many characters as the value has.
        expect(steps).toBeLessThanOrEqual(100_000 + 2 * length);
      }
    },
  );

  it("counts the characters a back-reference compares, and the captures an iteration forgets", () => {
    const compared = testByBacktracking(parsePattern("^(a{500})\\1$"), "a".repeat(1000));
    expect(compared.steps).toBeGreaterThan(1000);
    const forgotten = testByBacktracking(parsePattern(`(?:a|${"(b)".repeat(100)})*\\1c`), "a".repeat(10));
    expect(forgotten.steps).toBeGreaterThan(100 * 10);
  });
});
