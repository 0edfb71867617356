import { describe, expect, it } from "vitest";
import { rollout } from "../../../src/testing/rollout.ts";

describe("rollout()", () => {
  it("is a serve with the weights in their order (contract §3.6)", () => {
    expect(rollout({ b: 20, a: 80 })).toStrictEqual({
      type: "Rollout",
      variations: [{ key: "b", weight: 20 }, { key: "a", weight: 80 }],
    });
  });

  it("hashes another attribute and a salt where they are given (contract §3.6)", () => {
    expect(rollout({ a: 100 }, { bucketBy: "org", salt: "s" })).toMatchObject({ bucketBy: "org", salt: "s" });
  });

  it("takes null for no options", () => {
    expect(rollout({ a: 100 }, null as never)).toStrictEqual(rollout({ a: 100 }));
  });

  it("refuses an option with another name", () => {
    expect(() => rollout({ a: 100 }, { slat: "s" } as object)).toThrow(
      new TypeError('Cannot use rollout(): unknown option "slat". Known options: bucketBy, salt'),
    );
  });
});
