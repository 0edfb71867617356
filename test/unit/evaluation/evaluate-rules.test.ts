import { describe, expect, it } from "vitest";
import { evaluateRules } from "../../../src/evaluation/evaluate-rules.ts";
import type { EvaluationContext } from "../../../src/evaluation/evaluation-context.ts";
import type { Outcome } from "../../../src/evaluation/outcome.ts";
import { fixed, flagSetOf, wireFlag, wireSnapshot } from "../../support/wire.ts";
import type { WireFlag } from "../../support/wire.ts";

/** Evaluates the rules of a flag once for each context. */
function evaluated(flag: WireFlag, contexts: readonly EvaluationContext[] = [{}]): Outcome[] {
  const set = flagSetOf(wireSnapshot([flag]));
  set.evaluate(flag.key, {}); // prepares it
  return contexts.map((context) => evaluateRules(set.get(flag.key)!, context));
}

const PRO = [{ operator: "And", conditions: [{ attribute: "plan", operator: "In", values: ["pro"] }] }];

describe("evaluateRules()", () => {
  it("serves the first rule that matches, then the fallthrough (contract §3.1)", () => {
    const flag = wireFlag("f", {
      variations: ["a", "b", "c"].map((key) => ({ key, value: key })),
      rules: [
        { id: "pro", conditionGroups: PRO, serve: fixed("a") },
        { id: "also-pro", conditionGroups: PRO, serve: fixed("b") },
      ],
      fallthrough: fixed("c"),
    });
    expect(evaluated(flag, [{ plan: "pro" }, { plan: "free" }])).toStrictEqual([
      { value: "a", reason: "RULE_MATCH", ruleId: "pro", variationKey: "a" },
      { value: "c", reason: "FALLTHROUGH", variationKey: "c" },
    ]);
  });

  it("serves the off variation of a disabled flag, whatever its rules are (contract §3.1)", () => {
    const rules = [{ id: "all", conditionGroups: [], serve: fixed("on") }];
    expect(evaluated(wireFlag("f", { enabled: false, rules }))).toStrictEqual([
      { value: false, reason: "FLAG_DISABLED", variationKey: "off" },
    ]);
    expect(evaluated(wireFlag("f", { enabled: false, offVariation: null }))).toStrictEqual([
      { value: undefined, reason: "FLAG_DISABLED" },
    ]);
  });

  it("returns one frozen object for equal outcomes", () => {
    const [first, second] = evaluated(wireFlag("f"), [{}, { plan: "pro" }]);
    expect(first).toBe(second);
    expect(Object.isFrozen(first)).toBe(true);
  });
});
