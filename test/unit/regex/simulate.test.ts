import { describe, expect, it } from "vitest";
import { parsePattern } from "../../../src/regex/parse-pattern.ts";
import { testBySimulation } from "./matchers.ts";

describe("simulate()", () => {
  it.each([
    ["(a+)+$", "a", "b"],
    ["(a|a)*b", "a", "c"],
    ["(a|aa)+$", "a", "b"],
    ["(.*)*x", "a", ""],
    ["^(([a-z])+.)+[A-Z]([a-z])+$", "a", ""],
    ["a+b", "a", ""],
    [".*x", "a", ""],
    ["\\s+$", " ", "b"],
    ["(x+x+)+y", "x", ""],
    ["(a?){30}b", "a", ""],
    ["x{200}y", "x", ""],
    ["(?=(a+)+$)b", "a", "b"],
    ["(?<=^(a|aa)+)b", "a", "c"],
    ["(?:(?=(?:a|aa)*(?<=a+)b)a)+b$", "a", "c"],
  ])("takes steps in proportion to the value for %j (contract §3.3)", (source, unit, end) => {
    const pattern = parsePattern(source);
    const [one, two, four] = [5_000, 10_000, 20_000].map((length) =>
      testBySimulation(pattern, unit.repeat(length) + end)
    );
    expect([one?.matched, two?.matched, four?.matched]).toEqual([false, false, false]);
    expect(two?.steps).toBeLessThanOrEqual(2.2 * (one?.steps ?? 0));
    expect(four?.steps).toBeLessThanOrEqual(2.2 * (two?.steps ?? 0));
  });

  it("enters each state at most once a position", () => {
    const { steps } = testBySimulation(parsePattern("(?:(?:(?:a*)*)*)*b"), "a".repeat(1000));
    expect(steps).toBeLessThan(10 * 1000);
  });

  it("abandons a search whose steps run out, and finds nothing", () => {
    const pattern = parsePattern("(?:a|b)*c");
    const value = "ab".repeat(100) + "c";
    const { matched, steps } = testBySimulation(pattern, value);
    expect(matched).toBe(true);
    expect(testBySimulation(pattern, value, steps)).toEqual({ matched: true, steps, exhausted: false });
    expect(testBySimulation(pattern, value, 500)).toMatchObject({ matched: false, exhausted: true });
  });

  it("stops at the first lookaround that uses the steps up", () => {
    const pattern = parsePattern("(?=a*b)".repeat(50));
    const { matched, steps, exhausted } = testBySimulation(pattern, "a".repeat(1000) + "b", 10_000);
    expect({ matched, exhausted }).toEqual({ matched: false, exhausted: true });
    expect(steps).toBeLessThan(10_100);
  });

  it.each([
    ["(?=ab)a", "xab", true],
    ["(?=ab)a", "xac", false],
    ["(?!ab)a", "ab", false],
    ["(?<=^\\d+-)x", "12-x", true],
    ["(?<=^\\d+-)x", "1a-x", false],
    ["(?<!a\\w*)x", "bcx", true],
    ["(?<!a\\w*)x", "acx", false],
    ["^(?=.*\\d)(?=.*[a-z]).{4,}$", "abc1", true],
    ["^(?=.*\\d)(?=.*[a-z]).{4,}$", "abcd", false],
    ["(?=(?<=(?!ab)a.)c)", "aac", true],
    ["(?=(?<=(?!ab)a.)c)", "abc", false],
  ])("looks around: %j in %j is %j", (source, value, expected) => {
    expect(testBySimulation(parsePattern(source), value).matched).toBe(expected);
  });
});
