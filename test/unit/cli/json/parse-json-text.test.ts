import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonText } from "../../../../src/cli/json/parse-json-text.ts";
import { PROPERTY_TIMEOUT, runs } from "../../../support/runs.ts";

describe("parseJsonText()", () => {
  it("takes what JSON.parse takes, and nothing else", () => {
    const texts = fc.oneof(
      fc.json(),
      fc.string(),
      fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", "]", "'", "01", "\n", "\u0001", "//"))
        .map(([text, at, by]) =>
          text.slice(0, at % (text.length + 1)) + by + text.slice(1 + at % (text.length + 1))
        ),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const takes = (parse: (text: string) => unknown): boolean => {
          try {
            parse(text);
            return true;
          } catch {
            return false;
          }
        };
        expect(takes(parseJsonText)).toBe(takes(JSON.parse));
      }),
      { numRuns: runs(2_000) },
    );
  }, PROPERTY_TIMEOUT);

  it.each([
    ['{\n  "a": 1,\n}', 'line 3, column 1: expected a name in double quotes, but found "}"'],
    ['{"a": 1 "b": 2}', 'line 1, column 9: expected "," or "}", but found "\\""'],
    ["[1, 2", 'line 1, column 6: expected "," or "]", but found the end'],
    ["", "line 1, column 1: expected a value, but found the end"],
    ["{} {}", 'line 1, column 4: expected the end, but found "{"'],
    ["['a']", 'line 1, column 2: expected a value, but found "\'"'],
  ])("says where %j is wrong, and what should stand there", (text, message) => {
    expect(() => parseJsonText(text)).toThrow(message);
  });

  it("refuses what is nested too deeply instead of running out of stack", () => {
    expect(() => parseJsonText("[".repeat(100_000))).toThrow("no more than 500 levels");
  });
});
