import { describe, expect, it } from "vitest";
import { evaluateRules } from "../../../src/evaluation/evaluate.ts";
import type { EvaluationContext } from "../../../src/evaluation/evaluation-context.ts";
import type { Outcome } from "../../../src/evaluation/outcome.ts";
import { fixed, flagSetOf, wireFlag, wireSegment, wireSnapshot } from "../../support/wire.ts";
import type {
  WireCondition,
  WireConditionGroup,
  WireFlag,
  WireRule,
  WireSegment,
} from "../../support/wire.ts";

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

const yes: WireCondition = { attribute: "a", operator: "NotEquals", values: ["nobody"], negate: false };
const no: WireCondition = { attribute: "a", operator: "Equals", values: ["nobody"], negate: false };
const unknown: WireCondition = { attribute: "a", operator: "SoundsLike", values: ["a"], negate: true };

describe("matchesGroups()", () => {
  it.each<[string, readonly WireCondition[] | null | undefined, boolean]>([
    ["And", [yes], true],
    ["And", [no], false],
    ["And", [yes, yes], true],
    ["And", [yes, no], false],
    ["And", [no, yes], false],
    ["And", [yes, unknown], false],
    ["Or", [yes], true],
    ["Or", [no], false],
    ["Or", [no, yes], true],
    ["Or", [no, no], false],
    ["Or", [unknown, yes], true],
    ["Or", [unknown], false],
    ["and", [yes, no], false],
    ["OR", [no, yes], true],
    // An empty list matches; no list at all fails closed (contract §2.1).
    ["And", [], true],
    ["Or", [], true],
    ["And", null, false],
    ["Or", null, false],
    ["And", undefined, false],
    ["Or", undefined, false],
  ])("combines conditions by %s: %j → %s (contract §3.1)", (operator, conditions, isMatch) => {
    expect(ruleMatches({ conditionGroups: [{ operator, conditions }] })).toBe(isMatch);
    const segment = wireSegment("s", { conditionLogic: operator, conditions });
    expect(ruleMatches({ segmentKey: "s" }, [segment])).toBe(isMatch);
  });

  it("wants every group to match; no groups match everybody (contract §3.1)", () => {
    const met: WireConditionGroup = { operator: "And", conditions: [yes] };
    const unmet: WireConditionGroup = { operator: "Or", conditions: [no, no] };
    expect(ruleMatches({ conditionGroups: [] })).toBe(true);
    expect(ruleMatches({ conditionGroups: [met, met, met] })).toBe(true);
    expect(ruleMatches({ conditionGroups: [met, unmet] })).toBe(false);
    expect(ruleMatches({ conditionGroups: [unmet, met] })).toBe(false);
    expect(ruleMatches({ conditionGroups: [met, { operator: "And" }] })).toBe(false);
  });

  it("fails closed without a list of groups, unless a segment decides (contract §2.1)", () => {
    for (const conditionGroups of [null, undefined]) {
      expect(ruleMatches({ conditionGroups })).toBe(false);
      expect(ruleMatches({ conditionGroups, segmentKey: "" })).toBe(false);
      const everybody = wireSegment("s", { conditions: [] });
      expect(ruleMatches({ conditionGroups, segmentKey: "s" }, [everybody])).toBe(true);
    }
  });

  it("asks the segment and does not consult the groups (contract §3.1)", () => {
    const segments = [wireSegment("everybody", { conditions: [] }), wireSegment("pro")];
    const nobody = [{ operator: "And", conditions: [no] }];
    expect(ruleMatches({ segmentKey: "everybody", conditionGroups: nobody }, segments)).toBe(true);
    expect(ruleMatches({ segmentKey: "pro", conditionGroups: [] }, segments)).toBe(false);
    expect(ruleMatches({ segmentKey: "pro", conditionGroups: [] }, segments, { plan: "PRO" })).toBe(true);
  });

  it("asks the groups where the segment's key is empty, null or missing (contract §3.1)", () => {
    const segments = [wireSegment("", { conditions: [no] })];
    for (const segmentKey of ["", null, undefined]) {
      expect(ruleMatches({ segmentKey, conditionGroups: [] }, segments)).toBe(true);
      expect(ruleMatches({ segmentKey, conditionGroups: [{ operator: "And", conditions: [no] }] })).toBe(
        false,
      );
    }
  });

  it("does not match where the segment does not exist or was dropped (contract §2.1, §3.1)", () => {
    expect(ruleMatches({ segmentKey: "ghost", conditionGroups: [] })).toBe(false);
    for (const segmentKey of ["__proto__", "constructor", "toString"]) {
      expect(ruleMatches({ segmentKey, conditionGroups: [] })).toBe(false);
      expect(ruleMatches({ segmentKey }, [wireSegment(segmentKey, { conditions: [] })])).toBe(true);
    }
    const dropped = wireSegment("s", { conditionLogic: "Xor", conditions: [] });
    expect(ruleMatches({ segmentKey: "s", conditionGroups: [] }, [dropped])).toBe(false);
  });

  it("asks the last of two segments with one key (contract §2.1)", () => {
    const everybody = wireSegment("s", { conditions: [] });
    const nobody = wireSegment("s", { conditions: [no] });
    expect(ruleMatches({ segmentKey: "s" }, [nobody, everybody])).toBe(true);
    expect(ruleMatches({ segmentKey: "s" }, [everybody, nobody])).toBe(false);
  });
});

function ruleMatches(
  rule: Partial<WireRule>,
  segments: readonly WireSegment[] = [],
  context: EvaluationContext = { a: "somebody" },
): boolean {
  const rules = [{ id: "r", priority: 0, serve: fixed("on"), ...rule }];
  const flags = flagSetOf(wireSnapshot([wireFlag("f", { rules, fallthrough: fixed("off") })], segments));
  return flags.evaluate("f", context)?.value === true;
}
