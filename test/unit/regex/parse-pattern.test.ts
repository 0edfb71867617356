import { describe, expect, it } from "vitest";
import { parsePattern } from "../../../src/regex/parse-pattern.ts";
import { nativePattern, parsed, testByBacktracking, testBySimulation } from "./matchers.ts";

/** Tests by both matchers, which must agree. */
function found(source: string, value: string): boolean {
  const pattern = parsePattern(source);
  const backtracked = testByBacktracking(pattern, value).matched;
  if (!pattern.hasBackReferences) expect(testBySimulation(pattern, value).matched).toBe(backtracked);
  return backtracked;
}

describe("parsePattern()", () => {
  it.each([
    "(",
    ")",
    "(?",
    "(?<n",
    "(?P<",
    "(?P<n>a)",
    "(?>a)",
    "(?>a+)b",
    "(?(1)a|b)",
    "(?(?=a)a|b)",
    "(?#comment)",
    "(?'n'a)",
    "(?<1>a)",
    "(?<a-b>c)",
    "(?)",
    "(?-)",
    "(?-:a)",
    "(?x)a",
    "(?n)a",
    "(?i",
    "(?i*)",
    "(?i)*",
    "a(?i)*",
    "a(?i){2}",
    "a(?i)?",
    "[",
    "[invalid",
    "[z-a]",
    "\\",
    "*a",
    "+",
    "?",
    "a**",
    "a+*",
    "a{2,1}",
    "a{1}{2}",
    "{1}",
    "^*",
    "\\b+",
    "(?<=a)*",
    "(?<n>a)(?<n>b)",
    "(?<n>a)|(?<n>b)",
    "(?<n>a)\\k",
    "(?<n>a)\\k<m>",
    "(?<n>a)[\\k]",
    "(unclosed",
    "unopened)",
    "\\p{Nonsense}",
    "\\p{L}\\_",
    "\\p{L}{",
    "\\p{L}]",
    "\\p{L}\\1",
    "\\p{L}(?=a)*",
  ])("refuses %j (contract §3.3)", (source) => {
    expect(parsed(source)).toBeNull();
  });

  it.each([
    "",
    "a*?",
    "p*?a",
    "[[:alpha:]]",
    "[\\]]",
    "[]a]",
    "[^]",
    "[\\b]",
    "[a-\\d]",
    "[\\c]",
    "[\\cA]",
    "[\\1]",
    "[\\8]",
    "a{",
    "a{1",
    "a{b}",
    "a{,5}",
    "{",
    "}",
    "]",
    "]$",
    "\\_",
    "\\$5",
    "\\-",
    "\\/",
    "\\:",
    "\\a",
    "\\e",
    "C\\+\\+",
    "\\c",
    "\\c1",
    "\\cA",
    "\\x4",
    "\\x41",
    "\\u004",
    "\\u0041",
    "\\u{3}",
    "\\p",
    "\\p{",
    "\\p{2}",
    "\\\\p{L}",
    "\\k",
    "\\k<n>",
    "\\0",
    "\\08",
    "\\1",
    "\\12",
    "\\18",
    "\\8",
    "\\377",
    "\\400",
    "(a)\\1",
    "(a)\\2",
    "(a)\\10",
    "\\1(a)",
    "(?=a)*b",
    "(?!a){2}",
    "(?<n>a)\\k<n>",
    "\\k<n>(?<n>a)",
    "(?<n>a)(?<m>b)\\k<m>\\1",
    "[(]\\1",
    "\\(\\1",
    "(?:a)\\1",
    "a|b|",
    "|",
    "()",
    "\ud83d\ude00+",
    "/",
    '"',
  ])("reads %j as JavaScript does (contract §3.3)", (source) => {
    const oracle = nativePattern(source);
    const values = [
      ...'abcnpekuxABCFL125_-/:{}[]()\\"$+^|\0\x01\x02\b\n\x18\x7f\xff ',
      ..."aa|ab|aba|bb|p{|p{L}|pp|\\p{L}|\\pL|k<n>|k<m>|ac5|C++|$5|a{|a{1|a{b}|a{,5}|uuu|x4|u004|c1|\\c|\\c1"
        .split("|"),
      ..."\x0008|\x018|\n1|\x20\x30|abab|abba|a\x08|(\x01|:]|l]|a]|]a|\ud83d\ude00\ude00".split("|"),
      "",
    ];
    expect(values.filter((value) => found(source, value))).toEqual(
      values.filter((value) => oracle?.test(value)),
    );
  });

  it.each([
    ["(?i)us", "US", true],
    ["(?i)us", "xuSx", true],
    ["us", "US", false],
    ["u(?i)s", "uS", true],
    ["u(?i)s", "US", false],
    ["(?i:u)s", "Us", true],
    ["(?i:u)s", "US", false],
    ["(?i)u(?-i)s", "Us", true],
    ["(?i)u(?-i)s", "US", false],
    ["(?i)u(?-i:s)t", "UsT", true],
    ["(?i)u(?-i:s)t", "UST", false],
    ["(?:(?i)u)s", "Us", true],
    ["(?:(?i)u)s", "US", false],
    ["(a(?i)b|c)d", "Cd", true], // up to the end of the group, later branches included
    ["(a(?i)b|c)d", "CD", false],
    ["a|(?i)b|c", "C", true],
    ["a|(?i)b|c", "A", false],
    ["(?=(?i)b)B", "B", true],
    ["(?i)[^a]", "A", false],
    ["(?i)\u212a", "k", false], // folds under `u` alone
    ["(?i)\u00e9", "\u00c9", true],
    ["a.b", "a\nb", false],
    ["(?s)a.b", "a\nb", true],
    ["(?s:a.)b.", "a\nb\n", false],
    ["(?s)a.(?-s).", "a\n\n", false],
    ["^b", "a\nb", false],
    ["(?m)^b", "a\nb", true],
    ["(?m)a$", "a\nb", true],
    ["(?m:^)b$", "a\nb\nc", false],
    ["(?m)a(?-m)$", "a\nb", false],
    ["(?im)^B", "a\nb", true],
    ["(?ms)^b.c$", "a\nb\nc", true],
    ["(?i-s)A.", "a\n", false],
    ["(?s-i)a.", "a\n", true],
    ["(?is)A.(?-is)a.", "a\na\n", false],
    ["(?i)", "", true],
    ["(?i:)", "", true],
    ["\\1(?i)1", "\x011", true],
    ["\\Aa", "a", true],
    ["\\Aa", "ba", false],
    ["(?m)\\Aa", "b\na", false],
    ["a\\z", "a", true],
    ["a\\z", "a\n", false],
    ["(?m)a\\z", "a\nb", false],
    ["a\\Z", "a", true],
    ["a\\Z", "a\n", true],
    ["a\\Z", "a\n\n", false],
    ["a\\Z", "a\r", false],
    ["(?m)a\\Z", "a\nb", false],
    ["a\\Z\\n", "a\n", true],
    ["\\A\\z", "", true],
    ["\\A+a\\z*b", "ab", true],
    ["\\\\A", "\\A", true],
    ["\\\\A", "A", false],
    ["[\\A\\z]", "z", true],
    ["[\\A\\z]", "", false],
    ["(?<year>\\d{4})-\\k<year>", "2024-2024", true],
    ["(?<year>\\d{4})-\\k<year>", "2024-2025", false],
    ["\\p{Lu}", "a", false],
    ["\\p{Lu}", "\u00c9", true],
    ["(?i)\\p{Lu}", "a", true],
    ["^\\P{L}$", "\u{1f600}", true],
    ["^..$", "\u{1f600}", true],
    ["^[^\\p{L}]$", "\u{1f600}", true],
    ["\\p{Script=Greek}", "\u03b1", true],
    ["\\A\\p{L}+\\z", "h\u00e9", true],
    ["\\ud83d", "\u{1f600}", true],
    ["\\ud83d|\\p{L}", "\u{1f600}", false],
    ["(?i)\\p{L}*\u212a", "k", true],
  ])("reads .NET's spellings: %j in %j is %j (contract §3.3)", (source, value, expected) => {
    expect(found(source, value)).toBe(expected);
    const { native } = parsePattern(source);
    if (native !== null) expect(native.test(value)).toBe(expected);
  });

  it("hands the host's engine no pattern that needs a flag in one place only", () => {
    expect(parsePattern("(?i)us").native).toEqual(/(?:)us/i);
    expect(parsePattern("^(?i)us$").native).toEqual(/^(?:)us$/i);
    expect(parsePattern("(?m)us").native).toEqual(/(?:)us/);
    expect(parsePattern("u(?i)s").native).toBeNull();
    expect(parsePattern("(?s:.).").native).toBeNull();
    expect(parsePattern("^(?m)^").native).toBeNull();
    expect(parsePattern("(a)(?i)\\1").native).toBeNull();
  });

  it("refuses groups nested more than 250 deep", () => {
    const nested = (depth: number) => "(".repeat(depth) + "a" + ")".repeat(depth);
    expect(found(nested(249), "a")).toBe(true);
    expect(parsed(nested(250))).toBeNull();
    expect(parsed(nested(100_000))).toBeNull();
    expect(found("(a)".repeat(1000), "a".repeat(1000))).toBe(true);
  });
});
