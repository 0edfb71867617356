import { describe, expect, it } from "vitest";
import { characterCodes } from "../../../src/regex/character-set.ts";

describe("characterCodes()", () => {
  it("returns code units, or code points for Unicode patterns", () => {
    expect([...characterCodes("a\u{1f600}b", false)]).toEqual([0x61, 0xd83d, 0xde00, 0x62]);
    expect([...characterCodes("a\u{1f600}b", true)]).toEqual([0x61, 0x1f600, 0x62]);
    expect([...characterCodes("", true)]).toEqual([]);
  });

  it("keeps halves of surrogate pairs as they are", () => {
    expect([...characterCodes("\ude00\ud83d\ud83d\ude00\ud83d", true)]).toEqual([
      0xde00,
      0xd83d,
      0x1f600,
      0xd83d,
    ]);
  });
});
