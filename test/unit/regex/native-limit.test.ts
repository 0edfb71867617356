import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nativeLimit, stepBound } from "../../../src/regex/native-limit.ts";
import { parsePattern } from "../../../src/regex/parse-pattern.ts";
import { runs } from "../../support/runs.ts";
import { javaScriptPattern } from "./arbitrary-pattern.ts";
import { parsed, testByBacktracking } from "./matchers.ts";

const ANY_LENGTH = 2 ** 30;

// What the bound leaves out: writing registers, for captures and for loops.
const BOOKKEEPING = 16;

/** Values of one character repeated and another at the end, or of two in turn: what makes backtracking explode. */
const adversarialValue: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom("a", "b", "ab", "aab", "1", " ", "\n"),
  fc.integer({ min: 0, max: 40 }),
  fc.constantFrom("", "!", "b", "c"),
).map(([unit, count, end]) => unit.repeat(count) + end);

describe("stepBound()", () => {
  it("is never below the steps that backtracking takes", () => {
    let bounded = 0;
    fc.assert(
      fc.property(
        javaScriptPattern,
        fc.array(adversarialValue, { minLength: 4, maxLength: 8 }),
        (source, values) => {
          const pattern = parsed(source);
          if (pattern === null) return;
          for (const value of values) {
            const bound = stepBound(pattern.root, value.length);
            if (!(bound < 50_000)) continue;
            bounded++;
            const { steps } = testByBacktracking(pattern, value);
            expect(steps, `${source} in ${JSON.stringify(value)}`).toBeLessThanOrEqual(
              BOOKKEEPING * (bound + 1),
            );
          }
        },
      ),
      { numRuns: runs(500) },
    );
    expect(bounded).toBeGreaterThan(runs(500));
  });

  it.each([
    "(a+)+$",
    "(a|aa)+$",
    "a*a*a*a*$",
    "(a?){12}b",
    "(?:a|a){12}b",
    "^(a{0,3}){0,9}b",
    "(?<=(a|aa)+)b",
  ])(
    "grows with the steps that %s takes",
    (source) => {
      const pattern = parsePattern(source);
      for (const length of [1, 4, 8, 12]) {
        const bound = stepBound(pattern.root, length);
        expect(bound).toBeGreaterThan(0);
        const { steps, exhausted } = testByBacktracking(pattern, "a".repeat(length - 1) + "c", 10_000_000);
        expect(exhausted).toBe(false);
        expect(steps).toBeLessThanOrEqual(BOOKKEEPING * bound);
      }
    },
  );
});

describe("nativeLimit()", () => {
  it.each([
    "",
    "us",
    "@example\\.com$",
    "^(US|UK)$",
    "^user\\d+$",
    "^\\d{4}-\\d{2}-\\d{2}$",
    "^[a-z]+@",
    "(?i)^(?:us|uk)$",
    "\\bparty\\b",
    "x{200}",
    ".{0,3}x",
    "(?<=@)example",
    "\\Aus\\z",
  ])("gives %j to the host's engine at any length", (source) => {
    expect(nativeLimit(parsePattern(source).root)).toBe(ANY_LENGTH);
  });

  it.each([
    "\\s+$",
    "a+b",
    ".*x",
    "user.*admin",
    "^[^@]+@[^@]+\\.com$",
    "(a)\\1",
    "(?<=[^])\\s+$",
    "(?<=^(?=a*x)a{5})c",
  ])(
    "gives %j to the host's engine for short values alone",
    (source) => {
      const limit = nativeLimit(parsePattern(source).root);
      expect(limit).toBeGreaterThanOrEqual(32);
      expect(limit).toBeLessThanOrEqual(1024);
    },
  );

  it.each([
    "(a+)+$",
    "(a|a)*b",
    "(a|aa)+$",
    "(.*)*x",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(x+x+)+y",
    "(?=(a+)+$)b",
    "(a*)*\\1b",
    "(?<=(a+)+)b",
    "(?<=ba{50}(?:a|a){5})c", // read backward: the fifty once for each way through the five
  ])("gives %j to the host's engine for a handful of characters at most", (source) => {
    expect(nativeLimit(parsePattern(source).root)).toBeLessThanOrEqual(16);
  });

  it("gives not even the empty value where that alone takes exponentially long", () => {
    expect(nativeLimit(parsePattern("(?:(?:|||){9}){9}x").root)).toBe(-1);
  });
});
