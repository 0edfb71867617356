import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson, scanJson } from "../../../src/contract/parse-json.ts";
import { PayloadError } from "../../../src/contract/payload-error.ts";
import { runs } from "../../support/runs.ts";

const MEBI = 2 ** 20;
const PADDING = " ".repeat(MEBI);

/** What the scan is to count, by a parser of its own: strings are cut out by a pattern. */
function bracketsOf(text: string): { depth: number; opened: number } {
  let [depth, deepest, opened] = [0, 0, 0];
  for (const bracket of text.replace(/"(?:\\[^]|[^"\\])*"/g, "").replace(/[^[\]{}]/g, "")) {
    if (bracket === "[" || bracket === "{") {
      opened++;
      deepest = Math.max(deepest, ++depth);
    } else depth--;
  }
  return { depth: deepest, opened };
}

describe("parseJson() (contract §1, sizes)", () => {
  it("parses what JSON.parse does, and throws what it throws", () => {
    expect(parseJson(`{"flags":[]}`)).toEqual({ flags: [] });
    expect(parseJson(`${PADDING}{"flags":["]["]}`)).toEqual({ flags: ["]["] });
    for (const text of ["", "{", `${PADDING}{`, `${PADDING}"open`]) {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    }
  });

  it("leaves a text of up to 1 MiB to the decoder, which bounds its depth", () => {
    const deep = "[".repeat(200) + "]".repeat(200);
    expect(Array.isArray(parseJson(deep + " ".repeat(MEBI - deep.length)))).toBe(true);
    expect(() => parseJson(deep + " ".repeat(MEBI - deep.length + 1))).toThrow(PayloadError);
  });

  it("allows exactly 128 levels, of lists and objects alike", () => {
    const nested = (levels: number, [open, close]: readonly [string, string]) =>
      `${PADDING}${open.repeat(levels)}0${close.repeat(levels)}`;
    for (const kind of [["[", "]"], [`{"a":`, "}"]] as const) {
      expect(parseJson(nested(128, kind))).toBeTypeOf("object");
      expect(() => parseJson(nested(129, kind))).toThrow(/nested at most 128 levels/);
    }
  });

  it("allows exactly 2,000,000 lists and objects", () => {
    const flat = (count: number) => `[${"{},".repeat(count - 2)}{}]`;
    expect(() => scanJson(flat(2_000_000))).not.toThrow();
    expect(() => scanJson(flat(2_000_001))).toThrow(/at most 2000000 lists and objects/);
  });

  it("scans a text that could have more lists and objects than are allowed", () => {
    const flat = (count: number): string => `[${"{},".repeat(count - 1)}0]`;
    expect(parseJson(flat(1_000), 1_000)).toHaveLength(1_000);
    expect(() => parseJson(flat(1_001), 1_000)).toThrow(/at most 1000 lists and objects/);
    expect(parseJson(flat(50_000))).toHaveLength(50_000);
  });

  it("refuses a bomb of 32 MiB without parsing it", () => {
    for (const bomb of ["[".repeat(32 * MEBI), `[${"[],".repeat(10 * MEBI)}`, `{"a":`.repeat(6 * MEBI)]) {
      expect(() => parseJson(bomb)).toThrow(PayloadError);
    }
  });

  it("takes linear time on strings that are all quotes and backslashes", () => {
    for (
      const text of [`"${'\\"'.repeat(8 * MEBI)}"`, `"${"\\\\".repeat(8 * MEBI)}"`, '""'.repeat(8 * MEBI)]
    ) {
      expect(() => scanJson(text)).not.toThrow();
    }
  });

  it("counts the brackets of any JSON as a parser does", () => {
    const tricky = fc.string({ unit: fc.constantFrom("[", "]", "{", "}", '"', "\\", "a", "é") });
    const value = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: "medium" },
        tricky,
        fc.integer(),
        fc.array(tie("json")),
        fc.dictionary(tricky, tie("json")),
      ),
    })).json;
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 128 }), (json, levels) => {
        const text = "[".repeat(levels) + JSON.stringify(json) + "]".repeat(levels);
        const { depth } = bracketsOf(text);
        if (depth > 128) expect(() => scanJson(text)).toThrow(PayloadError);
        else expect(() => scanJson(text)).not.toThrow();
      }),
      { numRuns: runs(300) },
    );
  });

  it("never throws anything but a PayloadError, whatever the text", () => {
    const noise = fc.string({
      unit: fc.constantFrom("[", "]", "{", "}", '"', "\\", "a", ","),
      maxLength: 400,
    });
    fc.assert(
      fc.property(noise, (text) => {
        try {
          scanJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(PayloadError);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});
