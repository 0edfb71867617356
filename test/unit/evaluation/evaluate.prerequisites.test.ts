import { describe, expect, it } from "vitest";
import type { EvaluationContext } from "../../../src/evaluation/evaluation-context.ts";
import type { Outcome } from "../../../src/evaluation/outcome.ts";
import { conditionalFlag, fixed, flagSetOf, wireFlag, wireSnapshot } from "../../support/wire.ts";
import type { WireFlag } from "../../support/wire.ts";

describe("evaluateWithPrerequisites()", () => {
  it("serves as usual where all prerequisites are met (contract §3.1)", () => {
    const flags = [
      needing("f", ["a", "on"], ["b", "off"]),
      wireFlag("a"),
      wireFlag("b", { fallthrough: fixed("off") }),
    ];
    expect(evaluated(flags)).toEqual({ value: true, reason: "FALLTHROUGH", variationKey: "on" });
  });

  it("serves the off variation and names the first prerequisite that is not met (contract §3.1)", () => {
    const flags = [needing("f", ["a", "on"], ["b", "on"], ["c", "on"]), wireFlag("a"), off("b"), off("c")];
    expect(evaluated(flags)).toEqual({
      value: false,
      reason: "PREREQUISITE_FAILED",
      prerequisiteKey: "b",
      variationKey: "off",
    });
  });

  it("names its own prerequisite, not the one at the end of the chain (contract §3.1)", () => {
    const flags = [needing("f", ["a", "on"]), needing("a", ["b", "on"]), off("b")];
    expect(evaluated(flags)?.prerequisiteKey).toBe("a");
  });

  it("treats a prerequisite that is missing as not met (contract §3.1)", () => {
    for (const key of ["ghost", "__proto__", "constructor"]) {
      expect(evaluated([needing("f", [key, "on"])])).toMatchObject({
        reason: "PREREQUISITE_FAILED",
        prerequisiteKey: key,
      });
    }
  });

  it("compares the variation that a prerequisite serves, whatever the reason (contract §3.1)", () => {
    expect(evaluated([needing("f", ["a", "off"]), off("a")])?.reason).toBe("FALLTHROUGH");
    const failed = [needing("f", ["a", "off"]), needing("a", ["ghost", "on"])];
    expect(evaluated(failed)?.reason).toBe("FALLTHROUGH");
    const undefinedVariation = [needing("f", ["a", "ghost"]), wireFlag("a", { fallthrough: fixed("ghost") })];
    expect(evaluated(undefinedVariation)?.reason).toBe("FALLTHROUGH");
    const noVariation = [needing("f", ["a", ""]), wireFlag("a", { fallthrough: fixed("") })];
    expect(evaluated(noVariation)?.reason).toBe("FALLTHROUGH");
    expect(evaluated([needing("f", ["a", "ON"]), wireFlag("a")])?.reason).toBe("PREREQUISITE_FAILED");
    const nullValue = [
      needing("f", ["a", "on"]),
      wireFlag("a", { variations: [{ key: "on", value: null }] }),
    ];
    expect(evaluated(nullValue)?.reason).toBe("FALLTHROUGH");
  });

  it("evaluates a prerequisite with the same context (contract §3.1)", () => {
    const pro = conditionalFlag("a", [{ attribute: "plan", operator: "Equals", values: ["pro"] }]);
    const flags = [needing("f", ["a", "on"]), pro];
    expect(evaluated(flags, { plan: "pro" })?.reason).toBe("FALLTHROUGH");
    expect(evaluated(flags, { plan: "free" })?.reason).toBe("PREREQUISITE_FAILED");
  });

  it("asks prerequisites before rules, and none of a disabled flag (contract §3.1)", () => {
    const rules = [{ id: "r", conditionGroups: [], serve: fixed("on") }];
    const unmet = { ...needing("f", ["ghost", "on"]), rules };
    expect(evaluated([unmet])?.reason).toBe("PREREQUISITE_FAILED");
    expect(evaluated([{ ...unmet, enabled: false }])?.reason).toBe("FLAG_DISABLED");
    expect(evaluated([{ ...needing("f", ["a", "on"]), rules }, wireFlag("a")])?.reason).toBe("RULE_MATCH");
  });

  it("allows a chain of 10, and fails at 11 all the way up (contract §3.1)", () => {
    for (let length = 0; length <= 15; length++) {
      const outcome = evaluated(chain(length));
      if (length <= 10) expect(outcome).toMatchObject({ value: true, reason: "FALLTHROUGH" });
      else expectTooDeep(outcome, "f");
    }
  });

  it("counts from the flag that is asked for (contract §3.1)", () => {
    const flags = flagSetOf(wireSnapshot(chain(12)));
    expectTooDeep(flags.evaluate("f", {}), "f");
    expectTooDeep(flags.evaluate("1", {}), "1");
    expect(flags.evaluate("2", {})?.reason).toBe("FALLTHROUGH");
  });

  it("counts a disabled flag at the end of the chain as every other (contract §3.1)", () => {
    const disabled = (length: number): WireFlag[] =>
      chain(length).map((flag) => flag.key === String(length) ? { ...flag, enabled: false } : flag);
    expect(evaluated(disabled(10))?.reason).toBe("PREREQUISITE_FAILED");
    expectTooDeep(evaluated(disabled(11)), "f");
  });

  it("treats a missing prerequisite as missing at any depth (contract §3.1)", () => {
    const missing = (length: number): WireFlag[] => chain(length).filter(({ key }) => key !== String(length));
    for (let length = 1; length <= 11; length++) {
      expect(evaluated(missing(length))).toMatchObject({
        reason: "PREREQUISITE_FAILED",
        prerequisiteKey: "1",
      });
    }
    expectTooDeep(evaluated(missing(12)), "f");
  });

  it("fails in a cycle, wherever it is entered (contract §3.1)", () => {
    expectTooDeep(evaluated([needing("f", ["f", "on"])]), "f");
    expectTooDeep(evaluated([needing("f", ["f", "off"])]), "f");
    const two = [needing("f", ["a", "on"]), needing("a", ["f", "on"])];
    expectTooDeep(evaluated(two), "f");
    const below = [
      needing("f", ["a", "on"]),
      needing("a", ["b", "on"]),
      needing("b", ["c", "off"], ["a", "on"]),
      off("c"),
    ];
    expectTooDeep(evaluated(below), "f");
  });

  it("does not enter a cycle that an unmet prerequisite or a disabled flag cuts (contract §3.1)", () => {
    const unmetFirst = [needing("f", ["a", "on"]), needing("a", ["ghost", "on"], ["f", "on"])];
    expect(evaluated(unmetFirst)?.reason).toBe("PREREQUISITE_FAILED");
    const disabled = [needing("f", ["a", "off"]), { ...needing("a", ["f", "on"]), enabled: false }];
    expect(evaluated(disabled)?.reason).toBe("FALLTHROUGH");
  });

  it("fails even where the off variation would be the expected one (contract §3.1)", () => {
    expectTooDeep(evaluated([needing("f", ["a", "off"]), needing("a", ["a", "on"])]), "f");
  });

  it("keeps reason ERROR where the off variation does not exist (contract §3.1)", () => {
    const self = needing("f", ["f", "on"]);
    expect(evaluated([{ ...self, offVariation: "ghost" }])).toMatchObject({
      value: undefined,
      reason: "ERROR",
      variationKey: "ghost",
    });
    const unnamed = evaluated([{ ...self, offVariation: null }]);
    expect(unnamed).toMatchObject({ value: undefined, reason: "ERROR" });
    expect(unnamed?.error?.code).toBe("PREREQUISITE_DEPTH");
  });

  it("evaluates each prerequisite at most once (contract §3.1)", () => {
    // Layers in which each flag needs both of the next layer: 2^9 walks, were results not kept.
    const flags: WireFlag[] = [needing("f", ["1a", "on"], ["1b", "on"])];
    for (let layer = 1; layer < 10; layer++) {
      for (const side of ["a", "b"]) {
        flags.push({
          ...conditionalFlag(`${layer}${side}`, [{
            attribute: `${layer}${side}`,
            operator: "Equals",
            values: ["x"],
          }]),
          prerequisites: needing("", [`${layer + 1}a`, "on"], [`${layer + 1}b`, "on"]).prerequisites,
        });
      }
    }
    flags.push(wireFlag("10a"), wireFlag("10b"));
    const reads = new Map<string, number>();
    const context: EvaluationContext = new Proxy({}, {
      get(_, name) {
        reads.set(String(name), (reads.get(String(name)) ?? 0) + 1);
        return "x";
      },
      getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: "x" }),
    });
    expect(evaluated(flags, context)?.reason).toBe("FALLTHROUGH");
    expect(reads.size).toBe(18);
    expect(new Set(reads.values())).toEqual(new Set([1]));
  });

  it("keeps nothing from one evaluation to the next (contract §3.1)", () => {
    const pro = conditionalFlag("a", [{ attribute: "plan", operator: "Equals", values: ["pro"] }]);
    const flags = flagSetOf(wireSnapshot([needing("f", ["a", "on"]), pro]));
    for (
      const [plan, reason] of [["pro", "FALLTHROUGH"], ["free", "PREREQUISITE_FAILED"], [
        "pro",
        "FALLTHROUGH",
      ]]
    ) {
      expect(flags.evaluate("f", { plan })?.reason).toBe(reason);
    }
  });

  it("lets a result that is known already shorten a chain (contract §3.1)", () => {
    // f needs 1 … 11 in a row, too deep by one, unless 6 … 11 are known before.
    const flags = chain(11).map((flag) => flag.key === "f" ? needing("f", ["6", "on"], ["1", "on"]) : flag);
    expect(evaluated(flags)?.reason).toBe("FALLTHROUGH");
    const reversed = chain(11).map((flag) =>
      flag.key === "f" ? needing("f", ["1", "on"], ["6", "on"]) : flag
    );
    expectTooDeep(evaluated(reversed), "f");
  });

  it("is as quick with many paths into one cycle (contract §3.1)", () => {
    const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
    const everything = keys.map((key) => [key, "on"] as const);
    const flags = ["f", ...keys].map((key) => needing(key, ...everything));
    expectTooDeep(evaluated(flags), "f");
  });
});

function expectTooDeep(outcome: Outcome | undefined, key: string): void {
  expect(outcome).toMatchObject({ value: false, reason: "ERROR", variationKey: "off" });
  expect(outcome?.error?.code).toBe("PREREQUISITE_DEPTH");
  expect(outcome?.error?.message).toBe(
    `Prerequisites of flag ${JSON.stringify(key)} form a cycle or are nested deeper than 10`,
  );
}

function needing(key: string, ...needed: readonly (readonly [key: string, variation: string])[]): WireFlag {
  return wireFlag(key, {
    prerequisites: needed.map(([prerequisiteFlagKey, expectedVariationKey]) => ({
      prerequisiteFlagKey,
      expectedVariationKey,
    })),
  });
}

function off(key: string): WireFlag {
  return wireFlag(key, { fallthrough: fixed("off") });
}

/** `f` needs `1`, which needs `2`, and so on: `length` prerequisites behind each other. */
function chain(length: number): WireFlag[] {
  return Array.from({ length: length + 1 }, (_, index) => {
    const key = index === 0 ? "f" : String(index);
    return index === length ? wireFlag(key) : needing(key, [String(index + 1), "on"]);
  });
}

function evaluated(flags: readonly WireFlag[], context: EvaluationContext = {}): Outcome | undefined {
  return flagSetOf(wireSnapshot(flags)).evaluate("f", context);
}
