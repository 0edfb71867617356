import { describe, expect, it } from "vitest";
import { applyDefault, expectedTypeOf } from "../../../src/client/apply-default.ts";
import type { ExpectedType } from "../../../src/client/apply-default.ts";
import { errorOutcome } from "../../../src/evaluation/outcome.ts";
import type { Outcome } from "../../../src/evaluation/outcome.ts";

const SERVED: Outcome = Object.freeze({ value: "pro", reason: "FALLTHROUGH", variationKey: "pro" });
const NULL: Outcome = Object.freeze({ value: undefined, reason: "FALLTHROUGH", variationKey: "nil" });
const UNNAMED: Outcome = Object.freeze({ value: undefined, reason: "FLAG_DISABLED" });

function settle(outcome: Outcome, defaultValue: unknown, expected: ExpectedType) {
  const { error, ...rest } = applyDefault<unknown>(outcome, "tier", defaultValue, expected);
  return { ...rest, ...(error && { code: error.code }) };
}

describe("expectedTypeOf()", () => {
  it("checks booleans, strings and numbers, and nothing else (contract §3.1)", () => {
    expect([true, "", 0, Number.NaN].map(expectedTypeOf)).toEqual(["boolean", "string", "number", "number"]);
    expect([null, undefined, {}, [], 1n, Symbol.iterator].map(expectedTypeOf)).toEqual(
      Array(6).fill(undefined),
    );
  });
});

describe("applyDefault()", () => {
  it("makes nothing where the outcome has the value", () => {
    expect(applyDefault(SERVED, "tier", "free", "string")).toBe(SERVED);
    expect(applyDefault(SERVED, "tier", null, undefined)).toBe(SERVED);
  });

  it("answers the default where a typed read meets another type (contract §3.1)", () => {
    expect(settle(SERVED, 7, "number")).toEqual({
      value: 7,
      reason: "ERROR",
      variationKey: "pro",
      code: "TYPE_MISMATCH",
    });
  });

  it("treats null as another type where a type is expected, and as the default elsewhere (contract §3.1)", () => {
    expect(settle(NULL, "free", "string")).toMatchObject({
      value: "free",
      reason: "ERROR",
      code: "TYPE_MISMATCH",
    });
    expect(settle(NULL, {}, undefined)).toEqual({ value: {}, reason: "FALLTHROUGH", variationKey: "nil" });
  });

  it("keeps the reason where no variation is named (contract §3.1)", () => {
    expect(settle(UNNAMED, false, "boolean")).toEqual({ value: false, reason: "FLAG_DISABLED" });
  });

  it("keeps the error that is there already", () => {
    const missing = errorOutcome("VARIATION_NOT_FOUND", "none", "ghost");
    expect(settle(missing, 1, "number")).toEqual({
      value: 1,
      reason: "ERROR",
      variationKey: "ghost",
      code: "VARIATION_NOT_FOUND",
    });
  });

  it("says what was found and asked for", () => {
    const list: Outcome = { value: Object.freeze([]), reason: "FALLTHROUGH", variationKey: "a" };
    const message = (outcome: Outcome) => applyDefault(outcome, "tier", 1, "number").error?.message;
    expect(message(SERVED)).toBe(`Flag "tier" serves a string, but the caller expects a number`);
    expect(message(list)).toBe(`Flag "tier" serves a list, but the caller expects a number`);
    expect(message({ ...list, value: Object.freeze({}) })).toBe(
      `Flag "tier" serves an object, but the caller expects a number`,
    );
    expect(message(NULL)).toBe(`Flag "tier" serves null, but the caller expects a number`);
  });

  it("freezes whatever it makes", () => {
    for (const outcome of [SERVED, NULL, UNNAMED]) {
      expect(Object.isFrozen(applyDefault(outcome, "tier", 1, "number"))).toBe(true);
      expect(Object.isFrozen(applyDefault(outcome, "tier", null, undefined))).toBe(true);
    }
  });
});
