import { describe, expect, it } from "vitest";
import { characterSet } from "../../../src/regex/character-set.ts";

describe("characterSet()", () => {
  it.each([
    ["a", ""],
    ["a", "i"],
    [".", ""],
    [".", "s"],
    ["\\w", "iu"],
    ["[^a-z]", "i"],
    ["[^]", ""],
    ["[]", ""],
    ["{", ""],
    ["\\p{Lu}", "iu"],
    ["\\u{1F600}", "u"],
  ])("holds what RegExp finds: %s with flags %j", (source, flags) => {
    const set = characterSet(source, flags);
    const oracle = new RegExp(source, flags);
    const codes = Array.from({ length: 0x2100 }, (_, index) => index * (flags.includes("u") ? 61 : 7));
    // Twice over, and out of step with the memory's slots: an answer remembered is the answer.
    const twice = [...codes, ...codes.toReversed(), 97, 97 + 128, 97];
    expect(twice.filter((code) => set.has(code)))
      .toEqual(twice.filter((code) => oracle.test(String.fromCodePoint(code))));
  });

  it("holds nothing past the ends of a value", () => {
    expect(characterSet("[^]", "").has(undefined)).toBe(false);
  });
});
