import { describe, expect, it } from "vitest";
import { decodeFlag } from "../../../src/contract/flag.ts";
import { createOutcome, errorOutcome } from "../../../src/evaluation/outcome.ts";
import { wireFlag } from "../../support/wire.ts";

const FLAG = decodeFlag(
  wireFlag("f", {
    type: "Json",
    variations: [
      { key: "a", value: { b: 1 } },
      { key: "a", value: "second" },
      { key: "none", value: null },
      { key: "", value: "empty" },
    ],
  }),
  () => {},
)!;

describe("createOutcome()", () => {
  it("takes the first variation with the key (contract §2.1)", () => {
    const outcome = createOutcome(FLAG, "a", "RULE_MATCH", { ruleId: "r" });
    expect(outcome).toStrictEqual({ value: { b: 1 }, reason: "RULE_MATCH", ruleId: "r", variationKey: "a" });
    expect(Object.isFrozen(outcome)).toBe(true);
  });

  it("leaves the value to the caller's default where it is null or no variation is named (contract §3.1)", () => {
    expect(createOutcome(FLAG, "none", "FALLTHROUGH")).toStrictEqual({
      value: undefined,
      reason: "FALLTHROUGH",
      variationKey: "none",
    });
    // The empty key names no variation, though one has it.
    expect(createOutcome(FLAG, "", "FLAG_DISABLED")).toStrictEqual({
      value: undefined,
      reason: "FLAG_DISABLED",
    });
  });

  it("is an error that names the key when the flag has no such variation (contract §3.1)", () => {
    const outcome = createOutcome(FLAG, "ghost", "FALLTHROUGH");
    expect(outcome).toStrictEqual({
      value: undefined,
      reason: "ERROR",
      variationKey: "ghost",
      error: outcome.error,
    });
    expect(outcome.error).toMatchObject({
      code: "VARIATION_NOT_FOUND",
      message: 'Flag "f" has no variation "ghost"',
    });
  });
});

describe("errorOutcome()", () => {
  it("has no variation key where none was served (contract §3.1)", () => {
    const outcome = errorOutcome("EVALUATION_FAILED", "message");
    expect(outcome).toStrictEqual({ value: undefined, reason: "ERROR", error: outcome.error });
    expect(Object.isFrozen(outcome)).toBe(true);
    expect(Object.keys(errorOutcome("VARIATION_NOT_FOUND", "message", "k"))).toContain("variationKey");
  });
});
