import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf, saltOf } from "../../../src/evaluation/bucket.ts";
import { referenceBucket } from "../../support/reference-evaluator.ts";
import { PROPERTY_TIMEOUT, runs } from "../../support/runs.ts";

describe("bucketOf()", () => {
  it.each<[string, string, number]>([
    ["flag-abc", "user-42", 46],
    ["", "user-42", 75],
    ["flag-abc", "", 21],
    ["flag-abc", "用户-1", 99],
  ])("puts salt %j and value %j into %i (contract §3.6)", (salt, value, expected) => {
    expect(bucketOf(saltOf(salt), value)).toBe(expected);
  });

  it("is MD5(salt:value), its first four bytes little-endian, modulo 100 (contract §3.6)", () => {
    const text = fc.string({ unit: "binary", maxLength: 80 });
    fc.assert(
      fc.property(text, text, (salt, value) => {
        expect(bucketOf(saltOf(salt), value)).toBe(referenceBucket(salt, value));
      }),
      { numRuns: runs(1_000) },
    );
  }, PROPERTY_TIMEOUT);

  it("spreads users evenly", () => {
    const counts = new Array<number>(100).fill(0);
    for (let user = 0; user < 100_000; user++) counts[bucketOf(saltOf("salt"), `user-${user}`)]! += 1;
    // A thousand each, give or take five standard deviations.
    expect(Math.min(...counts)).toBeGreaterThan(840);
    expect(Math.max(...counts)).toBeLessThan(1_160);
  }, PROPERTY_TIMEOUT);
});
