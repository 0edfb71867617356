import { describe, expect, it } from "vitest";
import type { Scalar } from "../../../../src/evaluation/evaluation-context.ts";
import { matchesSome } from "../../../../src/evaluation/operators/pattern.ts";
import type { Warn } from "../../../../src/runtime/logger.ts";
import { matches } from "../../../support/matches.ts";

describe("matchesSome()", () => {
  it("matchesSome() finds any of its patterns, each with its own case (contract §3.3)", () => {
    const test = matcherOf(["^us$", "(?i)^uk$"], expect.unreachable);
    expect(["us", "US", "uk", "UK", "user"].map(test)).toEqual([true, false, true, true, false]);
  });

  it("matchesSome() asks numbers and booleans as text (contract §3.3)", () => {
    const test = matcherOf(["^1\\.5$", "^true$"], expect.unreachable);
    expect([1.5, 15, true, false].map(test)).toEqual([true, false, true, false]);
  });

  it("matchesSome() warns once of a pattern that does not compile, and tests the others (contract §3.3)", () => {
    const warnings: string[] = [];
    const test = matcherOf(["(unclosed", "^a"], (message) => warnings.push(message));
    expect(["(unclosed", "abc", "abd"].map(test)).toEqual([false, true, true]);
    expect(warnings).toEqual(['Cannot compile pattern "(unclosed": it matches nothing']);
  });

  it("matchesSome() warns once of a pattern that runs out of steps (contract §3.3)", () => {
    const warnings: string[] = [];
    const test = matcherOf(["^(a*)*\\1b$"], (message) => warnings.push(message));
    const hostile = "a".repeat(5_000);
    expect([hostile, hostile, "b"].map(test)).toEqual([false, false, true]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("too many steps");
  });

  it("matchesSome() does not match when a test ran out of steps, negated or not (contract §3.3)", () => {
    const hostile = "a".repeat(5_000);
    const endless = "^(a*)*\\1b$";
    for (const values of [[endless], [endless, "^x"], ["^x", endless]]) {
      expect(matches(hostile, "MatchesRegex", values)).toBe(false);
      expect(matches(hostile, "MatchesRegex", values, { negate: true })).toBe(false);
      // Another value than the hostile one is evaluated as ever.
      expect(matches("c", "MatchesRegex", values, { negate: true })).toBe(true);
    }
    // Another of the patterns that matches decides all the same.
    for (const values of [[endless, "^a"], ["^a", endless]]) {
      expect(matches(hostile, "MatchesRegex", values)).toBe(true);
      expect(matches(hostile, "MatchesRegex", values, { negate: true })).toBe(false);
    }
    // A pattern that cannot be compiled matches nothing, which negate inverts.
    expect(matches(hostile, "MatchesRegex", ["(", "^x"], { negate: true })).toBe(true);
  });
});

function matcherOf(patterns: readonly string[], warn: Warn): (value: Scalar) => boolean {
  const prepared = matchesSome.prepare(patterns, warn, false);
  return (value) => matchesSome.matches(value, prepared);
}
