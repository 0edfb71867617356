import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EvaluationContext } from "../../../src/evaluation/evaluation-context.ts";
import type { EvaluationDetail } from "../../../src/evaluation/outcome.ts";
import { bucketOf, isSplit, saltOf } from "../../../src/evaluation/serve.ts";
import { referenceBucket } from "../../support/reference-evaluator.ts";
import { PROPERTY_TIMEOUT, runs } from "../../support/runs.ts";
import { fixed, flagSetOf, wireFlag, wireSnapshot } from "../../support/wire.ts";
import type { WireFlag, WireServe } from "../../support/wire.ts";

const SALT = "flag-abc"; // user-42 falls into bucket 46, the empty string into 21 (contract §3.6)

describe("serve()", () => {
  it("serves the variation of a Fixed serve, the empty key where there is none (contract §3.6)", () => {
    expect(served(fixed("b"))).toBe("b");
    expect(served(fixed("ghost"))).toBe("ghost");
    for (const variation of ["", null, undefined]) expect(served({ type: "Fixed", variation })).toBe("");
  });

  it("ignores weights on a Fixed serve (contract §3.6)", () => {
    expect(served({ type: "Fixed", variation: "b", variations: [{ key: "a", weight: 100 }] })).toBe("b");
  });

  it("serves the variation of a Rollout without weighted variations (contract §3.6)", () => {
    for (const variations of [[], null, undefined]) {
      expect(served({ type: "Rollout", variation: "b", variations })).toBe("b");
      expect(served({ type: "Rollout", variations })).toBe("");
    }
  });

  it("prefers the weighted variations of a Rollout to its variation (contract §3.6)", () => {
    expect(served({ type: "Rollout", variation: "b", variations: [{ key: "a", weight: 0 }] })).toBe("a");
  });

  it.each<[readonly (number | undefined)[], string]>([
    [[46, 54], "b"],
    [[46.001, 53.999], "a"],
    [[47, 53], "a"],
    [[100], "a"],
    [[0, 100], "b"],
    [[0, 0, 0, 47], "d"],
    [[20, 20, 20], "c"],
    [[20, 26, 1, 53], "c"],
    [[1000, 1], "a"],
    [[undefined, 47], "b"],
    // The weights end before the bucket does: the last.
    [[10, 10], "b"],
    [[10, 10, 10, 10], "d"],
    [[0], "a"],
    [[0, 0], "b"],
    // Sums that fall: the first that is above the bucket counts.
    [[50, -50, 60], "a"],
    [[-50, 96], "b"],
    [[-50, 97], "b"],
    [[-1, -1, -1], "c"],
  ])("walks the weights %j to %j: bucket 46 (contract §3.6)", (weights, expected) => {
    const variations = weights.map((weight, index) => ({ key: "abcd"[index]!, weight }));
    const serve = { type: "Rollout", salt: SALT, variations };
    expect(served(serve, { userId: "user-42" })).toBe(expected);
  });

  it("adds weights up in order, in floating point (contract §3.6)", () => {
    for (let user = 0; user < 200; user++) {
      const userId = `user-${user}`;
      const thirds = ["a", "b", "c"].map((key) => ({ key, weight: 100 / 3 }));
      const expected = ["a", "b", "c"].find((_, index) => {
        return [100 / 3, 100 / 3 + 100 / 3, 100 / 3 + 100 / 3 + 100 / 3][index]! >
          bucketOf(saltOf(SALT), userId);
      });
      expect(served({ type: "Rollout", salt: SALT, variations: thirds }, { userId })).toBe(expected);
    }
  });

  it("serves the control, without hashing, where the user id is empty (contract §3.6)", () => {
    // Bucket 21 would be b.
    for (const bucketBy of [undefined, null, "", "userId", "user_id"]) {
      const serve = { ...half, bucketBy };
      for (
        const context of [{}, { userId: "" }, { user_id: "" }, { userId: null }, { user_id: Symbol("u") }]
      ) {
        expect(served(serve, context)).toBe("a");
      }
    }
  });

  it("hashes another attribute that is absent as the empty string (contract §3.6)", () => {
    const serve = { ...half, bucketBy: "company" };
    for (const context of [{}, { company: "" }, { company: null }, { userId: "user-42" }]) {
      expect(served(serve, context)).toBe("b");
    }
  });

  it("buckets by userId, else user_id, where bucketBy is absent or empty (contract §3.6)", () => {
    for (const bucketBy of [undefined, null, "", "userId"]) {
      expect(servedBucket({ userId: "user-42", user_id: "x" }, bucketBy, SALT)).toBe(46);
      expect(servedBucket({ user_id: "user-42" }, bucketBy, SALT)).toBe(46);
      expect(servedBucket({ userId: null, user_id: "user-42" }, bucketBy, SALT)).toBe(46);
    }
    expect(servedBucket({ userId: "x", user_id: "user-42" }, "user_id", SALT)).toBe(46);
    expect(servedBucket({ userId: "user-42" }, "user_id", SALT)).toBe(46);
  });

  it("hashes the attribute's string (contract §3.6)", () => {
    for (const value of [5, 1.5, 1e21, -0, true, NaN, 7n, ["a", 1], "用户-1", "\ud800", "MiXeD "]) {
      expect(servedBucket({ company: value }, "company", SALT)).toBe(bucketOf(saltOf(SALT), String(value)));
    }
    const date = new Date(0);
    expect(servedBucket({ company: date }, "company", SALT)).toBe(bucketOf(saltOf(SALT), date.toISOString()));
  });

  it("hashes an absent salt as empty (contract §3.6)", () => {
    for (const salt of [undefined, null, ""]) {
      expect(servedBucket({ userId: "user-42" }, undefined, salt)).toBe(75);
    }
  });
});

const half: WireServe = {
  type: "Rollout",
  salt: SALT,
  variations: [{ key: "a", weight: 21 }, { key: "b", weight: 79 }],
};

function served(fallthrough: WireServe, context: EvaluationContext = {}): string {
  const variations = [..."abcd"].map((key) => ({ key, value: key }));
  const flags = flagSetOf(wireSnapshot([wireFlag("flag", { variations, fallthrough })]));
  return flags.evaluate("flag", context)?.variationKey ?? "";
}

/** A hundred variations of weight 1: the one that is served names the bucket. */
function servedBucket(
  context: EvaluationContext,
  bucketBy: string | null | undefined,
  salt: string | null | undefined,
): number {
  const variations = Array.from({ length: 100 }, (_, index) => ({ key: `${index}`, weight: 1 }));
  return Number(served({ type: "Rollout", bucketBy, salt, variations }, context));
}

const halves: WireServe = {
  type: "Rollout",
  variations: [{ key: "on", weight: 50 }, { key: "off", weight: 50 }],
};
const nobody: WireServe = { type: "Rollout", variation: "on", variations: [] };

function ruled(serve: WireServe, fallthrough: WireServe): WireFlag {
  return wireFlag("f", { rules: [{ id: "other", serve: fallthrough }, { id: "r", serve }], fallthrough });
}

function verdict(
  flag: WireFlag,
  detail: { reason: "RULE_MATCH" | "FALLTHROUGH" | "FLAG_DISABLED" },
): boolean {
  const set = flagSetOf(wireSnapshot([flag]));
  return isSplit({ value: true, ruleId: "r", ...detail } as EvaluationDetail<unknown>, set.get("f"));
}

describe("isSplit()", () => {
  it("isSplit() looks at the rule that matched, or at the fallthrough, whichever decided (contract §3.1)", () => {
    expect(verdict(ruled(halves, fixed("on")), { reason: "RULE_MATCH" })).toBe(true);
    expect(verdict(ruled(halves, fixed("on")), { reason: "FALLTHROUGH" })).toBe(false);
    expect(verdict(ruled(fixed("on"), halves), { reason: "RULE_MATCH" })).toBe(false);
    expect(verdict(ruled(fixed("on"), halves), { reason: "FALLTHROUGH" })).toBe(true);
  });

  it("isSplit() is false where neither decided, or there is nothing to share out (contract §3.6)", () => {
    expect(verdict(ruled(halves, halves), { reason: "FLAG_DISABLED" })).toBe(false);
    expect(verdict(ruled(nobody, halves), { reason: "RULE_MATCH" })).toBe(false);
    expect(verdict(ruled(halves, nobody), { reason: "FALLTHROUGH" })).toBe(false);
    expect(isSplit({ value: true, reason: "FLAG_NOT_FOUND" }, undefined)).toBe(false);
  });
});

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
