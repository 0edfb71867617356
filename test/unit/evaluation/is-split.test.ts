import { describe, expect, it } from "vitest";
import { isSplit } from "../../../src/evaluation/is-split.ts";
import { fixed, flagSetOf, wireFlag, wireSnapshot } from "../../support/wire.ts";
import type { WireFlag, WireServe } from "../../support/wire.ts";

const half: WireServe = {
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
  return isSplit({ value: true, ruleId: "r", ...detail }, set.get("f"));
}

describe("isSplit()", () => {
  it("isSplit() looks at the rule that matched, or at the fallthrough, whichever decided (contract §3.1)", () => {
    expect(verdict(ruled(half, fixed("on")), { reason: "RULE_MATCH" })).toBe(true);
    expect(verdict(ruled(half, fixed("on")), { reason: "FALLTHROUGH" })).toBe(false);
    expect(verdict(ruled(fixed("on"), half), { reason: "RULE_MATCH" })).toBe(false);
    expect(verdict(ruled(fixed("on"), half), { reason: "FALLTHROUGH" })).toBe(true);
  });

  it("isSplit() is false where neither decided, or there is nothing to share out (contract §3.6)", () => {
    expect(verdict(ruled(half, half), { reason: "FLAG_DISABLED" })).toBe(false);
    expect(verdict(ruled(nobody, half), { reason: "RULE_MATCH" })).toBe(false);
    expect(verdict(ruled(half, nobody), { reason: "FALLTHROUGH" })).toBe(false);
    expect(isSplit({ value: true, reason: "FLAG_NOT_FOUND" }, undefined)).toBe(false);
  });
});
