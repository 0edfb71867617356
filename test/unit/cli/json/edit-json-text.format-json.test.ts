import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatJson } from "../../../../src/cli/json/edit-json-text.ts";
import { PROPERTY_TIMEOUT, runs } from "../../../support/runs.ts";

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const indents = fc.constantFrom("", "  ", "\t", "    ");

describe("formatJson()", () => {
  it("says the same as JSON.stringify", () => {
    fc.assert(
      fc.property(json, indents, (value, indent) => {
        expect(JSON.parse(formatJson(value, indent))).toStrictEqual(value);
      }),
      { numRuns: runs(300) },
    );
  }, PROPERTY_TIMEOUT);

  it("spreads over lines what one line has no room for", () => {
    const long = "x".repeat(60);
    expect(formatJson({ a: [1, { b: true }], c: {} })).toBe('{ "a": [1, { "b": true }], "c": {} }');
    expect(formatJson({ a: long, b: long })).toBe(`{\n  "a": "${long}",\n  "b": "${long}"\n}`);
  });
});
