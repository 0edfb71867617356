import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../src/regex/pattern.ts";
import { cpuTime } from "../../support/cpu-time.ts";
import { runs } from "../../support/runs.ts";

const LENGTH = 50_000;

function test(source: string, value: string): boolean | undefined {
  return compilePattern(source)?.test(value);
}

describe("compilePattern()", () => {
  it.each([
    "(?P<",
    "(?<n",
    "a**",
    "[z-a]",
    "\\",
    "(?",
    "*a",
    "+",
    "a{2,1}",
    "(?>a)",
    "(?(1)a|b)",
    "a{99999}",
  ])(
    "answers null for %j, which can't be compiled (contract §3.3)",
    (source) => {
      expect(compilePattern(source)).toBeNull();
    },
  );

  it.each([
    ["@example\\.com$", "ada@example.com", true],
    ["@example\\.com$", "ada@example.com.evil", false],
    ["^(US|UK)$", "UK", true],
    ["(?i)^(us|uk)$", "UK", true],
    ["^user\\d+$", "user12", true],
    ["", "", true],
    ["", "anything", true],
    ["[[:alpha:]]", "a]", true],
    ["[\\]]", "]", true],
    ["a{1", "a{1", true],
    ["{", "{", true],
    ["}", "}", true],
    ["p*?a", "ppa", true],
    ["\\$5", "$5", true],
    ["C\\+\\+", "C++", true],
  ])("finds: %j in %j is %j (contract §3.3)", (source, value, expected) => {
    expect(test(source, value)).toBe(expected);
  });

  it.each([
    ["(a+)+$", "a".repeat(LENGTH) + "b"],
    ["(a|a)*b", "a".repeat(LENGTH)],
    ["(a|aa)+$", "a".repeat(LENGTH) + "b"],
    ["(.*)*x", "a".repeat(LENGTH)],
    ["^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(LENGTH)],
    ["a+b", "a".repeat(LENGTH)],
    [".*x", "a".repeat(LENGTH)],
    ["\\s+$", " ".repeat(LENGTH) + "b"],
    ["(x+x+)+y", "x".repeat(LENGTH)],
    ["(?=(a+)+$)b", "a".repeat(LENGTH) + "b"],
    ["(a?){30}b", "a".repeat(LENGTH)],
    ["x{200}y", "x".repeat(LENGTH)],
  ])("answers for %j on 50,000 characters without running out of steps (contract §3.3)", (source, value) => {
    const pattern = compilePattern(source);
    const start = cpuTime();
    // Not undefined: the steps did not run out.
    expect(pattern?.test(value)).toBe(false);
    // Backtracking would take from seconds (a+b) to centuries, so a slow machine has all the room it needs.
    expect(cpuTime() - start).toBeLessThan(5000);
  });

  it.each([
    ["(a+)+$", "a".repeat(LENGTH)],
    ["(a|a)*b", "a".repeat(LENGTH) + "b"],
    ["^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(LENGTH) + "Aa"],
    ["(?<=^(a|aa)+)b", "a".repeat(LENGTH) + "b"],
  ])("finds %j at the end of 50,000 characters", (source, value) => {
    expect(test(source, value)).toBe(true);
  });

  it("answers for a million characters", () => {
    expect(test("(a+)+$", "a".repeat(1_000_000) + "b")).toBe(false);
    expect(test("(a+)+$", "a".repeat(1_000_000))).toBe(true);
    expect(test("@example\\.com$", "a".repeat(1_000_000) + "@example.com")).toBe(true);
  });

  it("answers undefined for a test whose steps run out, and goes on answering others (contract §3.3)", () => {
    const pattern = compilePattern("(a*)*\\1b");
    expect(pattern?.test("a".repeat(10) + "b")).toBe(true);
    expect(pattern?.test("a".repeat(LENGTH))).toBeUndefined();
    expect(pattern?.test("c".repeat(100) + "b")).toBe(true);
  });

  it("bounds a pattern with thousands of states on a long value (contract §3.3)", () => {
    const pattern = compilePattern("(?:a{0,60}){0,60}b");
    expect(pattern?.test("a".repeat(LENGTH))).toBeUndefined();
  });

  it("compiles 8,192 characters and not one more (contract §3.3)", () => {
    expect(test(`^${"a".repeat(8_191)}`, "a".repeat(8_191))).toBe(true);
    expect(compilePattern("a".repeat(8_193))).toBeNull();
    // Refused before it is read.
    const start = cpuTime();
    for (const unit of ["a", "[", "(?<a", "\\p{L}"]) {
      expect(compilePattern(unit.repeat(4_000_000))).toBeNull();
    }
    expect(cpuTime() - start).toBeLessThan(500);
  });

  it("gives the same answer however long the value, whichever matcher is used for it", () => {
    const sources = ["a+b$", "(?i)X\\s*y", "^[^@]+@[^@]+\\.com$", "(?<!a)b{3}", "\\bparty\\b", "(b|a)+?c"];
    const unit = fc.constantFrom(..."abcxy @.\n", "party", "@a.com");
    fc.assert(
      fc.property(fc.constantFrom(...sources), fc.string({ unit, maxLength: 40 }), (source, value) => {
        const expected = new RegExp(source.replace("(?i)", ""), source.startsWith("(?i)") ? "i" : "").test(
          value,
        );
        expect(test(source, value)).toBe(expected);
        // Characters no pattern asks for make it too long for the host's engine, and change nothing else.
        const padding = "!".repeat(2000);
        if (!source.includes("^")) expect(test(source, padding + value)).toBe(expected);
      }),
      { numRuns: runs(200) },
    );
  });

  it("does not throw where the host's engine runs out of its stack", () => {
    const source = `^${"(".repeat(20)}ab${")".repeat(20)}*c`;
    const value = "ab".repeat(1_000_000);
    expect(test(source, value)).toBe(false);
  });

  it("never throws, whatever the pattern and the value", () => {
    const noise = fc.string({ unit: fc.constantFrom(..."ab(?<>=!:i-s)[]^$\\.*+{}1,|pPLk"), maxLength: 12 });
    fc.assert(
      fc.property(noise, fc.string({ unit: "binary", maxLength: 20 }), (source, value) => {
        expect(typeof (compilePattern(source)?.test(value) ?? false)).toBe("boolean");
      }),
      { numRuns: runs(400) },
    );
  });
});
