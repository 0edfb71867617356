import { describe, expect, it } from "vitest";
import type { Scalar } from "../../../../src/evaluation/evaluation-context.ts";
import { matchesSome } from "../../../../src/evaluation/operators/pattern.ts";
import type { Warn } from "../../../../src/runtime/logger.ts";

describe("matchesSome()", () => {
  it("matchesSome() finds any of its patterns, each with its own case (contract §3.3)", () => {
    const matches = matcherOf(["^us$", "(?i)^uk$"], expect.unreachable);
    expect(["us", "US", "uk", "UK", "user"].map(matches)).toEqual([true, false, true, true, false]);
  });

  it("matchesSome() asks numbers and booleans as text (contract §3.3)", () => {
    const matches = matcherOf(["^1\\.5$", "^true$"], expect.unreachable);
    expect([1.5, 15, true, false].map(matches)).toEqual([true, false, true, false]);
  });

  it("matchesSome() warns once of a pattern that does not compile, and tests the others (contract §3.3)", () => {
    const warnings: string[] = [];
    const matches = matcherOf(["(unclosed", "^a"], (message) => warnings.push(message));
    expect(["(unclosed", "abc", "abd"].map(matches)).toEqual([false, true, true]);
    expect(warnings).toEqual(['Cannot compile pattern "(unclosed": it matches nothing']);
  });

  it("matchesSome() warns once of a pattern that runs out of steps (contract §3.3)", () => {
    const warnings: string[] = [];
    const matches = matcherOf(["^(a*)*\\1b$"], (message) => warnings.push(message));
    const hostile = "a".repeat(5_000);
    expect([hostile, hostile, "b"].map(matches)).toEqual([false, false, true]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("too many steps");
  });
});

function matcherOf(patterns: readonly string[], warn: Warn): (value: Scalar) => boolean {
  const prepared = matchesSome.prepare(patterns, warn);
  return (value) => matchesSome.matches(value, prepared);
}
