import fc from "fast-check";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { md5After, md5Hex, md5Of } from "../../../src/evaluation/md5.ts";
import { PROPERTY_TIMEOUT, runs } from "../../support/runs.ts";

const NOTHING = md5Of("");

describe("md5After()", () => {
  // The test suite of RFC 1321, appendix A.5: the first eight hexadecimal digits, byte by byte.
  it.each<[string, string]>([
    ["", "d41d8cd9"],
    ["a", "0cc175b9"],
    ["abc", "90015098"],
    ["message digest", "f96b697d"],
    ["abcdefghijklmnopqrstuvwxyz", "c3fcd3d7"],
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98"],
    ["1234567890".repeat(8), "57edf4a2"],
  ])("begins MD5(%j) with %s (RFC 1321)", (text, digits) => {
    const bytes = digits.match(/../g)!.map((byte) => Number.parseInt(byte, 16));
    expect(md5After(NOTHING, text)).toBe(new DataView(Uint8Array.from(bytes).buffer).getUint32(0, true));
  });

  it(
    "agrees with another implementation at every length up to four blocks, for every width of a character",
    () => {
      for (const character of ["a", "é", "用", "😀", "\u007f", "\u0080", "\u07ff", "\u0800", "\uffff"]) {
        for (let length = 0; length <= 256; length++) {
          for (const text of ["", "b", "bb", "bbb"].map((head) => head + character.repeat(length))) {
            expect(`${length}: ${md5After(NOTHING, text)}`).toBe(`${length}: ${reference(text)}`);
          }
        }
      }
    },
    PROPERTY_TIMEOUT,
  );

  it("agrees with another implementation on random text", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.string({ unit: "binary-ascii", maxLength: 200 }),
      fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 100 }),
    );
    fc.assert(
      fc.property(text, (sample) => {
        expect(md5After(NOTHING, sample)).toBe(reference(sample));
      }),
      { numRuns: runs(5_000) },
    );
  }, PROPERTY_TIMEOUT);

  it("hashes the prefix as if it stood before the text, whatever their lengths", () => {
    for (let before = 0; before <= 130; before++) {
      const head = md5Of("p".repeat(before));
      for (const text of ["", "é", "t".repeat(7), "t".repeat(55), "t".repeat(64), "t".repeat(130)]) {
        expect(`${before}: ${md5After(head, text)}`).toBe(
          `${before}: ${reference("p".repeat(before) + text)}`,
        );
      }
    }
  });

  it.each([
    ["\ud800", "\ufffd"],
    ["\udfff", "\ufffd"],
    ["a\udc00b", "a\ufffdb"],
    ["\ud83d\ud83d\ude00", "\ufffd😀"],
    ["\ude00\ud83d", "\ufffd\ufffd"],
    ["\udbff\ue000", "\ufffd\ue000"],
  ])("counts a lone surrogate as U+FFFD, as TextEncoder does: %j is %j", (text, wellFormed) => {
    expect(md5After(NOTHING, text)).toBe(md5After(NOTHING, wellFormed));
    expect(md5After(NOTHING, text)).toBe(reference(text));
  });

  it("keeps nothing from one text to the next", () => {
    const before = md5After(NOTHING, "abc");
    md5After(NOTHING, "x".repeat(1_000));
    md5After(NOTHING, "");
    expect(md5After(NOTHING, "abc")).toBe(before);
  });
});

function reference(text: string): number {
  const digest = createHash("md5").update(new TextEncoder().encode(text)).digest();
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0, true);
}

describe("md5Hex()", () => {
  it("agrees with another implementation", () => {
    for (const text of ["", "abc", "用户-1", "x".repeat(200)]) {
      expect(md5Hex(text)).toBe(createHash("md5").update(text).digest("hex"));
    }
  });
});
