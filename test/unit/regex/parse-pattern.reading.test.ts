import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePattern } from "../../../src/regex/parse-pattern.ts";
import { cpuTime } from "../../support/cpu-time.ts";
import { runs } from "../../support/runs.ts";

/** What opens something, and what closes it. */
const PIECES = [
  ..."[](){}<>|?*+^$.\\-,:=!1aiupPk",
  "[^",
  "(?",
  "(?:",
  "(?=",
  "(?<",
  "(?<a",
  "(?<a>",
  "(?<!",
  "(?i)",
  "(?i:",
  "(?-s",
  "\\p{",
  "\\p{L}",
  "\\u{",
  "\\x",
  "\\c",
  "\\k<",
  "\\k<a>",
  "\\1",
  "x{1",
  "x{1,",
  "x{2,3}",
] as const;

const SHORT = 30_000;

/** The CPU time of reading so many characters, in ms. */
function timeOf(unit: string, tail: string, length: number): number {
  const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length) + tail;
  const start = cpuTime();
  try {
    parsePattern(text);
  } catch {
    // Most of these are not patterns.
  }
  return cpuTime() - start;
}

/** Linear work takes about four times as long for four times the text, quadratic work sixteen times. */
function expectLinear(unit: string, tail: string): void {
  // What takes less is not worth a comparison: a collection of garbage would decide it.
  if (timeOf(unit, tail, 4 * SHORT) < 1000) return;
  const [short, long] = [SHORT, 4 * SHORT].map((length) =>
    Math.min(...[1, 2, 3].map(() => timeOf(unit, tail, length)))
  ) as [number, number];
  expect(long, JSON.stringify(unit + tail)).toBeLessThan(9 * short);
}

describe("parsePattern()", () => {
  it("reads a repeated opener in linear time (contract §3.3)", () => {
    for (
      const unit of ["[", "[a", "(?<a", "(?<a>(?<", "\\k<", "(?<a>)\\k<", "\\p{a", "\\u{", "(?i)", "x{1,"]
    ) {
      for (const tail of ["", ">", "]", "}", ")"]) expectLinear(unit, tail);
    }
  }, 120_000);

  it("reads any repeated text in linear time (contract §3.3)", () => {
    const text = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 }).map((pieces) =>
      pieces.join("")
    );
    fc.assert(
      fc.property(text, fc.constantFrom("", ">", "]", "}", ")"), (unit, tail) => expectLinear(unit, tail)),
      { numRuns: runs(30) },
    );
  }, 120_000);
});
