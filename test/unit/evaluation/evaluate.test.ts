import { describe, expect, it } from "vitest";
import { conditionalFlag, fixed, flagSetOf, wireFlag, wireSnapshot } from "../../support/wire.ts";
import type { WireFlag, WireRule } from "../../support/wire.ts";

describe("evaluate()", () => {
  it("serves the off variation of a disabled flag before all else (contract §3.1)", () => {
    const flag = wireFlag("f", {
      enabled: false,
      rules: [rule("r", "on")],
      prerequisites: [{ prerequisiteFlagKey: "ghost", expectedVariationKey: "on" }],
    });
    expect(evaluated(flag)).toEqual({ value: false, reason: "FLAG_DISABLED", variationKey: "off" });
  });

  it("serves the fallthrough where no rule matches (contract §3.1)", () => {
    expect(evaluated(wireFlag("f"))).toEqual({ value: true, reason: "FALLTHROUGH", variationKey: "on" });
    const flag = conditionalFlag("f", [{ attribute: "a", operator: "Equals", values: ["b"] }]);
    expect(evaluated(flag)).toEqual({ value: false, reason: "FALLTHROUGH", variationKey: "off" });
    for (const rules of [null, undefined]) {
      expect(evaluated(wireFlag("f", { rules }))?.reason).toBe("FALLTHROUGH");
    }
  });

  it("serves the first rule that matches, by ascending priority (contract §3.1)", () => {
    const rules = [
      rule("late", "off", 10),
      rule("unmet", "off", -5, false),
      rule("first", "on", 1.5),
      rule("later", "off", 2),
    ];
    expect(evaluated(wireFlag("f", { rules }))).toEqual({
      value: true,
      reason: "RULE_MATCH",
      ruleId: "first",
      variationKey: "on",
    });
  });

  it("keeps the payload's order among rules of one priority, a missing one being 0 (contract §2.1, §3.1)", () => {
    for (const first of [0, 7, 49]) {
      const rules = Array.from({ length: 50 }, (_, index) => {
        return rule(`r${index}`, "on", index % 2 === 0 ? 0 : undefined, index >= first);
      });
      expect(evaluated(wireFlag("f", { rules }))?.ruleId).toBe(`r${first}`);
    }
    const mixed = [rule("one", "on", 1), rule("none", "on", undefined), rule("zero", "on", 0)];
    expect(evaluated(wireFlag("f", { rules: mixed }))?.ruleId).toBe("none");
    expect(evaluated(wireFlag("f", { rules: [rule("a", "on", 1e308), rule("b", "on", -1e308)] }))?.ruleId)
      .toBe("b");
  });

  it("leaves the caller with the default, reason ERROR, for a variation the flag does not define (contract §3.1)", () => {
    for (
      const flag of [
        wireFlag("f", { fallthrough: fixed("ghost") }),
        wireFlag("f", { rules: [rule("r", "ghost")] }),
        wireFlag("f", { enabled: false, offVariation: "ghost" }),
        wireFlag("f", { fallthrough: { type: "Rollout", variations: [{ key: "ghost", weight: 100 }] } }),
        wireFlag("f", {
          offVariation: "ghost",
          prerequisites: [{ prerequisiteFlagKey: "none", expectedVariationKey: "on" }],
        }),
      ]
    ) {
      const outcome = evaluated(flag);
      expect(outcome).toMatchObject({ value: undefined, reason: "ERROR", variationKey: "ghost" });
      expect(outcome?.error?.code).toBe("VARIATION_NOT_FOUND");
      expect(outcome?.error?.message).toBe('Flag "f" has no variation "ghost"');
    }
    for (const key of ["__proto__", "constructor", "toString"]) {
      expect(evaluated(wireFlag("f", { fallthrough: fixed(key) }))?.reason).toBe("ERROR");
    }
  });

  it("leaves the caller with the default, and keeps the reason, where no variation is named (contract §3.1)", () => {
    const variations = [{ key: "", value: "never served" }];
    expect(evaluated(wireFlag("f", { variations, fallthrough: fixed("") }))).toEqual({
      value: undefined,
      reason: "FALLTHROUGH",
    });
    expect(evaluated(wireFlag("f", { variations, enabled: false, offVariation: null }))).toEqual({
      value: undefined,
      reason: "FLAG_DISABLED",
    });
    expect(evaluated(wireFlag("f", { variations, rules: [rule("r", "")] }))).toEqual({
      value: undefined,
      reason: "RULE_MATCH",
      ruleId: "r",
    });
  });

  it("leaves the caller with the default, and keeps the reason, where the value is null (contract §3.1)", () => {
    for (const variation of [{ key: "on", value: null }, { key: "on" }]) {
      expect(evaluated(wireFlag("f", { variations: [variation] }))).toEqual({
        value: undefined,
        reason: "FALLTHROUGH",
        variationKey: "on",
      });
    }
  });

  it("serves any JSON value, whatever the flag's type is called (contract §2.1)", () => {
    for (const value of [false, 0, "", "text", -1.5, [], {}, [1, { a: [null] }]]) {
      for (const type of ["Boolean", "Json", "Duration"]) {
        expect(evaluated(wireFlag("f", { type, variations: [{ key: "on", value }] }))?.value).toEqual(value);
      }
    }
  });

  it("serves the first of two variations with one key (contract §2.1)", () => {
    const variations = [{ key: "on", value: 1 }, { key: "on", value: 2 }];
    expect(evaluated(wireFlag("f", { variations }))?.value).toBe(1);
    // The first, though its value is null.
    const nullFirst = [{ key: "on", value: null }, { key: "on", value: 2 }];
    expect(evaluated(wireFlag("f", { variations: nullFirst }))?.value).toBeUndefined();
  });

  it("treats __proto__, constructor and toString as ordinary keys (contract §2.1)", () => {
    for (const key of ["__proto__", "constructor", "toString", "", "用户", "\ud800"]) {
      const variations = [{ key: key || "x", value: 1 }];
      const flags = flagSetOf(wireSnapshot([wireFlag(key, { variations, fallthrough: fixed(key || "x") })]));
      expect(flags.evaluate(key, {})?.value).toBe(1);
    }
    const none = flagSetOf(wireSnapshot([]));
    for (const key of ["__proto__", "constructor", "toString", ""]) {
      expect(none.evaluate(key, {})).toBeUndefined();
    }
  });

  it("answers the same outcome with the same frozen object (contract §3.1)", () => {
    const rules = [{
      ...rule("r", "on"),
      conditionGroups: [{
        operator: "And",
        conditions: [{ attribute: "plan", operator: "In", values: ["pro"] }],
      }],
    }];
    const rollout = {
      type: "Rollout",
      salt: "s",
      variations: [{ key: "on", weight: 50 }, { key: "off", weight: 50 }],
    };
    const flags = flagSetOf(wireSnapshot([
      wireFlag("rules", { rules, fallthrough: rollout }),
      wireFlag("disabled", { enabled: false }),
      wireFlag("ghost", { fallthrough: fixed("ghost") }),
      wireFlag("empty", { fallthrough: fixed("") }),
      wireFlag("unmet", { prerequisites: [{ prerequisiteFlagKey: "none", expectedVariationKey: "on" }] }),
      wireFlag("self", { prerequisites: [{ prerequisiteFlagKey: "self", expectedVariationKey: "on" }] }),
    ]));
    for (const key of flags.keys()) {
      const seen = new Set<unknown>();
      for (let user = 0; user < 100; user++) {
        const outcome = flags.evaluate(key, { userId: `u${user}`, plan: user % 2 === 0 ? "pro" : "free" });
        expect(Object.isFrozen(outcome)).toBe(true);
        seen.add(outcome);
      }
      // A rule, and two shares of the rollout.
      expect(seen.size).toBe(key === "rules" ? 3 : 1);
    }
  });

  it("says who is at fault only where someone is (contract §3.1)", () => {
    const outcome = evaluated(wireFlag("f", {
      prerequisites: [{ prerequisiteFlagKey: "ghost", expectedVariationKey: "on" }],
    }));
    expect(outcome).toEqual({
      value: false,
      reason: "PREREQUISITE_FAILED",
      prerequisiteKey: "ghost",
      variationKey: "off",
    });
    expect(Object.keys(evaluated(wireFlag("f"))!).sort()).toEqual(["reason", "value", "variationKey"]);
  });
});

function rule(
  id: string,
  variation: string,
  priority: number | undefined = undefined,
  isMet = true,
): WireRule {
  const unmet = [{ operator: "And", conditions: null }];
  return { id, priority, conditionGroups: isMet ? [] : unmet, serve: fixed(variation) };
}

function evaluated(flag: WireFlag): ReturnType<ReturnType<typeof flagSetOf>["evaluate"]> {
  return flagSetOf(wireSnapshot([flag])).evaluate(flag.key, {});
}
