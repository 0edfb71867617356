import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../src/regex/pattern.ts";
import { runs } from "../../support/runs.ts";
import {
  astralValue,
  inlineFlags,
  javaScriptPattern,
  shortValue,
  unicodePattern,
} from "./arbitrary-pattern.ts";
import { nativePattern, parsed, testByBacktracking, testBySimulation } from "./matchers.ts";

/** The answers of every way a pattern can be tested; all must be `RegExp`'s. */
function answers(source: string, value: string): Record<string, boolean> {
  const pattern = parsed(source);
  if (pattern === null) throw new SyntaxError(source);
  const backtracked = testByBacktracking(pattern, value);
  return {
    ...(backtracked.exhausted ? {} : { backtracked: backtracked.matched }),
    ...(pattern.hasBackReferences ? {} : { simulated: testBySimulation(pattern, value).matched }),
    ...(backtracked.exhausted ? {} : { compiled: compilePattern(source)?.test(value) ?? false }),
  };
}

function expectAgreement(
  source: string,
  flags: string,
  oracle: RegExp | null,
  values: readonly string[],
): boolean {
  const dotNet = flags === "" ? source : `(?${flags})${source}`;
  expect(parsed(dotNet) !== null, `${dotNet} compiles`).toBe(oracle !== null);
  if (oracle === null) return false;
  for (const value of values) {
    const expected = oracle.test(value);
    for (const [matcher, answer] of Object.entries(answers(dotNet, value))) {
      expect(answer, `${dotNet} in ${JSON.stringify(value)}, ${matcher}`).toBe(expected);
    }
  }
  return true;
}

describe("compilePattern()", () => {
  it("compiles what RegExp compiles and finds what RegExp finds, by each matcher (contract §3.3)", () => {
    let compiled = 0;
    fc.assert(
      fc.property(
        javaScriptPattern,
        inlineFlags,
        fc.array(shortValue, { minLength: 4, maxLength: 8 }),
        (source, flags, values) => {
          if (expectAgreement(source, flags, nativePattern(source, flags), values)) compiled++;
        },
      ),
      { numRuns: runs(500) },
    );
    expect(compiled).toBeGreaterThan(runs(250));
  });

  it("reads a pattern with a property escape under the u flag (contract §3.3)", () => {
    let compiled = 0;
    fc.assert(
      fc.property(
        unicodePattern,
        inlineFlags,
        fc.array(astralValue, { minLength: 4, maxLength: 8 }),
        (source, flags, values) => {
          // V8, against ECMAScript, also searches from between the halves of a surrogate pair: hence the prefix.
          const isValid = nativePattern(source, `${flags}u`) !== null;
          const oracle = isValid ? new RegExp(`^[^]*?(?:${source})`, `${flags}u`) : null;
          const dotNet = flags === "" ? source : `(?${flags})${source}`;
          const pattern = parsed(dotNet);
          expect(pattern !== null, `${dotNet} compiles`).toBe(isValid);
          if (pattern === null || oracle === null) return;
          compiled++;
          for (const value of values) {
            const expected = oracle.test(value);
            const message = `${dotNet} in ${JSON.stringify(value)}`;
            const backtracked = testByBacktracking(pattern, value);
            if (!backtracked.exhausted) expect(backtracked.matched, message).toBe(expected);
            if (!pattern.hasBackReferences) {
              expect(testBySimulation(pattern, value).matched, message).toBe(expected);
            }
          }
        },
      ),
      { numRuns: runs(300) },
    );
    expect(compiled).toBeGreaterThan(runs(100));
  });

  it("finds the same with a flag set inside a group as with it set for all (contract §3.3)", () => {
    fc.assert(
      fc.property(
        javaScriptPattern,
        fc.constantFrom("i", "s", "m", "im", "ims"),
        fc.array(shortValue, { minLength: 4, maxLength: 8 }),
        (source, flags, values) => {
          const oracle = nativePattern(source, flags);
          if (oracle === null) return;
          for (const scoped of [`(?${flags}:${source})`, `(?:(?${flags})${source})(?-${flags}:)`]) {
            expectAgreement(scoped, "", oracle, values);
          }
        },
      ),
      { numRuns: runs(200) },
    );
  });
});
