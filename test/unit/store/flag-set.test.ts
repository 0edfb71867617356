import { describe, expect, it } from "vitest";
import { decodeFlag } from "../../../src/contract/flag.ts";
import type { Flag, PendingFlag } from "../../../src/contract/flag.ts";
import { decodeSnapshot } from "../../../src/contract/snapshot.ts";
import type { EvaluationTrace } from "../../../src/evaluation/explain.ts";
import { explainFlag, FlagSet, withFlag, withoutFlag, withSegment } from "../../../src/store/flag-set.ts";
import {
  conditionalFlag,
  fixed,
  flagSetOf,
  wireFlag,
  wireSegment,
  wireSnapshot,
} from "../../support/wire.ts";
import type { WireCondition, WireFlag } from "../../support/wire.ts";

describe("FlagSet.of()", () => {
  it("holds the flags and segments of a snapshot, by key", () => {
    const wire = { ...wireSnapshot([wireFlag("a"), wireFlag("__proto__")], [wireSegment("s")]), version: 7 };
    const flags = flagSetOf(wire);
    expect([...flags.keys()]).toEqual(["a", "__proto__"]);
    expect(flags.get("__proto__")?.key).toBe("__proto__");
    expect(flags.get("constructor")).toBeUndefined();
    expect(flags.environment).toBe("env");
    expect(flags.version).toBe(7);
    expect(flags.segments.map(({ key }) => key)).toEqual(["s"]);
  });

  it("keeps the last of two flags with one key, from any source (contract §2.1)", () => {
    const snapshot = decodeSnapshot(wireSnapshot([]), () => {});
    const flags = [decoded(wireFlag("f", { enabled: false })), decoded(wireFlag("f"))];
    expect(FlagSet.of({ ...snapshot, flags }, () => {}).evaluate("f", {})?.reason).toBe("FALLTHROUGH");
  });

  it("shares equal conditions among flags that waited as JSON", () => {
    const condition = { attribute: "plan", operator: "Equals", values: ["pro"] };
    const snapshot = decodeSnapshot(wireSnapshot([]), () => {});
    const pending = ["a", "b"].map((key) => conditionalFlag(key, [condition]) as unknown as PendingFlag);
    const flags = FlagSet.of({ ...snapshot, flags: pending }, () => {});
    const [a, b] = ["a", "b"].map((key) => flags.get(key)!.rules[0]!.conditionGroups![0]!.conditions![0]);
    expect(a?.attribute).toBe("plan");
    expect(b).toBe(a);
  });

  it("compiles nothing before it is asked, and each flag and segment once", () => {
    const odd = { attribute: "a", operator: "SoundsLike", values: ["x"] };
    const bySegment = [{ id: "r", segmentKey: "s", serve: fixed("on") }];
    const warnings: string[] = [];
    const flags = flagSetOf(
      wireSnapshot(
        [
          conditionalFlag("f", [odd]),
          wireFlag("g", { rules: bySegment }),
          wireFlag("h", { rules: bySegment }),
        ],
        [wireSegment("s", { conditions: [{ ...odd, operator: "LooksLike" }] })],
      ),
      warnings,
    );
    expect(warnings).toEqual([]);
    for (let times = 0; times < 3; times++) flags.evaluate("f", {});
    expect(warnings.length).toBe(1);
    for (let times = 0; times < 3; times++) {
      flags.evaluate("g", {});
      flags.evaluate("h", {});
    }
    expect(warnings).toEqual([
      'Unknown condition operator "SoundsLike": its condition never matches',
      'Unknown condition operator "LooksLike": its condition never matches',
    ]);
  });
});

describe("withFlag()", () => {
  it("adds a flag and leaves the old set as it was", () => {
    const old = flagSetOf(wireSnapshot([wireFlag("a")]));
    const set = withFlag(old, decoded(wireFlag("b", { enabled: false })));
    expect([...set.keys()]).toEqual(["a", "b"]);
    expect(set.evaluate("b", {})?.reason).toBe("FLAG_DISABLED");
    expect([...old.keys()]).toEqual(["a"]);
    expect(old.get("b")).toBeUndefined();
    expect(old.evaluate("b", {})).toBeUndefined();
  });

  it("replaces a flag and leaves the old set as it was, compiled or not", () => {
    for (const isCompiled of [false, true]) {
      const old = flagSetOf(wireSnapshot([wireFlag("a"), wireFlag("b")]));
      if (isCompiled) old.evaluate("a", {});
      const set = withFlag(old, decoded(wireFlag("a", { version: 2, enabled: false })));
      expect([...set.keys()]).toEqual(["a", "b"]);
      expect(set.get("a")?.version).toBe(2);
      expect(set.evaluate("a", {})?.reason).toBe("FLAG_DISABLED");
      expect(old.get("a")?.version).toBe(1);
      expect(old.evaluate("a", {})?.reason).toBe("FALLTHROUGH");
    }
  });

  it("shares what it did not touch: the same flag, compiled once, answers in both sets", () => {
    const old = flagSetOf(wireSnapshot([wireFlag("a"), wireFlag("b")], [wireSegment("s")]));
    const before = old.evaluate("a", {});
    const set = withFlag(old, decoded(wireFlag("b", { enabled: false })));
    expect(set.get("a")).toBe(old.get("a"));
    expect(set.evaluate("a", {})).toBe(before);
    expect(set.segments).toBe(old.segments);
    expect(set.environment).toBe(old.environment);
    expect(set.version).toBe(old.version);
  });

  it("asks prerequisites of its own moment, though they share their compiled flags (contract §3.1)", () => {
    const prerequisites = [{ prerequisiteFlagKey: "b", expectedVariationKey: "on" }];
    const old = flagSetOf(wireSnapshot([wireFlag("a", { prerequisites }), wireFlag("b")]));
    expect(old.evaluate("a", {})?.reason).toBe("FALLTHROUGH");
    const without = withoutFlag(old, "b");
    const changed = withFlag(old, decoded(wireFlag("b", { fallthrough: fixed("off") })));
    expect(without.evaluate("a", {})?.reason).toBe("PREREQUISITE_FAILED");
    expect(changed.evaluate("a", {})?.reason).toBe("PREREQUISITE_FAILED");
    expect(withFlag(without, decoded(wireFlag("b"))).evaluate("a", {})?.reason).toBe("FALLTHROUGH");
    expect(old.evaluate("a", {})?.reason).toBe("FALLTHROUGH");
  });

  it("finds the segments of its snapshot (contract §3.1)", () => {
    const old = flagSetOf(wireSnapshot([], [wireSegment("s")]));
    const rules = [{ id: "r", segmentKey: "s", serve: fixed("on") }];
    const set = withFlag(old, decoded(wireFlag("a", { rules, fallthrough: fixed("off") })));
    expect(set.evaluate("a", { plan: "pro" })?.ruleId).toBe("r");
    expect(set.evaluate("a", { plan: "free" })?.reason).toBe("FALLTHROUGH");
  });
});

describe("FlagSet.evaluate()", () => {
  it("asks the segments of its own set, though another set has the same flag (contract §4)", () => {
    const rules = [{ id: "r", segmentKey: "s", serve: fixed("on") }];
    const flag = decoded(wireFlag("a", { rules, fallthrough: fixed("off") }));
    const setOf = (conditions: WireCondition[] | null): FlagSet => {
      const wire = wireSnapshot([], [wireSegment("s", { conditions })]);
      return FlagSet.of({ ...decodeSnapshot(wire, () => {}), flags: [flag] }, () => {});
    };
    const [everybody, nobody, none] = [
      setOf([]),
      setOf(null),
      FlagSet.of({ ...NOTHING, flags: [flag] }, () => {}),
    ];
    for (let times = 0; times < 2; times++) {
      expect(everybody.evaluate("a", {})?.reason).toBe("RULE_MATCH");
      expect(nobody.evaluate("a", {})?.reason).toBe("FALLTHROUGH");
      expect(none.evaluate("a", {})?.reason).toBe("FALLTHROUGH");
    }
  });

  it("prepares again what was left half done: a logger that throws changes no outcome", () => {
    const conditions = [{ attribute: "a", operator: "MatchesRegex", values: ["("], negate: true }];
    const rules = [
      { id: "r", conditionGroups: [{ operator: "And", conditions }], serve: fixed("on") },
      { id: "s", segmentKey: "s", serve: fixed("on") },
    ];
    const wire = wireSnapshot([wireFlag("f", { rules, fallthrough: fixed("off") })], [wireSegment("s")]);
    let failures = 2;
    const flags = FlagSet.of(decodeSnapshot(wire, () => {}), () => {
      if (failures-- > 0) throw new Error("the disk is full");
    });
    const context = { plan: "pro" };
    expect(() => flags.evaluate("f", context)).toThrow("the disk is full");
    expect(() => flags.evaluate("f", context)).toThrow("the disk is full");
    expect(flags.evaluate("f", context)?.ruleId).toBe("r");
    expect(flags.evaluate("f", { ...context, a: "(" })?.ruleId).toBe("r");
  });

  it("leaves no trace in the configuration: JSON and properties are as they were decoded", () => {
    const rollout = {
      type: "Rollout",
      salt: "s",
      variations: [{ key: "on", weight: 50 }, { key: "off", weight: 50 }],
    };
    const conditions = [{ attribute: "a", operator: "In", values: ["B", "1"] }];
    const rules = [
      { id: "r", conditionGroups: [{ operator: "And", conditions }], serve: rollout },
      { id: "s", segmentKey: "s", serve: fixed("off") },
    ];
    const prerequisites = [{ prerequisiteFlagKey: "ghost", expectedVariationKey: "on" }];
    const wire = wireSnapshot(
      [wireFlag("a", { rules }), wireFlag("b", { prerequisites }), wireFlag("c", { enabled: false })],
      [wireSegment("s")],
    );
    const [flags, untouched] = [flagSetOf(wire), flagSetOf(wire)];
    for (const key of flags.keys()) {
      for (const a of ["b", "c", undefined]) flags.evaluate(key, { a, user_id: "u", plan: "pro" });
      expect(JSON.stringify(flags.get(key))).toBe(JSON.stringify(untouched.get(key)));
      expect(flags.get(key)).toEqual(untouched.get(key));
    }
  });
});

describe("explainFlag()", () => {
  it("leaves nothing for the next evaluation to warn about", () => {
    const warnings: string[] = [];
    const variations = [{ key: "on", weight: 50 }, { key: "off", weight: 50 }];
    const rollout = wireFlag("rollout", { fallthrough: { type: "Rollout", salt: "s", variations } });
    const flags = flagSetOf(wireSnapshot([rollout, wireFlag("plain")]), warnings);
    explainFlag(flags, "rollout", {});
    flags.evaluate("plain", { user_id: "u-1" });
    expect(warnings).toEqual([]);
    flags.evaluate("rollout", {});
    expect(warnings).toEqual([expect.stringContaining("without 'user_id'")]);
  });

  it("hands out nothing that the configuration is made of: what is done to a trace changes no evaluation", () => {
    const values = (trace: EvaluationTrace | undefined): string[] =>
      trace!.rules[0]!.groups[0]!.conditions[0]!.values as string[];
    const conditions = (values: string[]) => [{ attribute: "plan", operator: "In", values }];
    const flags = flagSetOf(
      wireSnapshot([conditionalFlag("some", conditions(["pro"])), conditionalFlag("none", conditions([]))]),
    );
    values(explainFlag(flags, "some", {})).push("free");
    values(explainFlag(flags, "none", {})).push("free");
    expect(flags.evaluate("some", { plan: "free" })?.value).toBe(false);
    expect(flags.evaluate("none", { plan: "free" })?.value).toBe(false);
    expect(decoded(wireFlag("another")).rules).toEqual([]);
  });
});

describe("withoutFlag()", () => {
  it("leaves one flag out, and the old set as it was", () => {
    const old = flagSetOf(wireSnapshot([wireFlag("a"), wireFlag("b")]));
    const before = old.evaluate("b", {});
    const set = withoutFlag(old, "a");
    expect([...set.keys()]).toHaveLength(1);
    expect(set.get("a")).toBeUndefined();
    expect(set.evaluate("a", {})).toBeUndefined();
    expect(set.evaluate("b", {})).toBe(before);
    expect([...old.keys()]).toHaveLength(2);
    expect(old.evaluate("a", {})?.reason).toBe("FALLTHROUGH");
  });

  it("does nothing for a key that it does not have", () => {
    const old = flagSetOf(wireSnapshot([wireFlag("a")]));
    expect([...withoutFlag(old, "__proto__").keys()]).toEqual(["a"]);
  });
});

const NOTHING = decodeSnapshot(wireSnapshot([]), () => {});

function decoded(flag: WireFlag): Flag {
  return decodeFlag(JSON.parse(JSON.stringify(flag)), () => {})!;
}

describe("withSegment()", () => {
  it("returns a set whose rules use the new segment, and leaves the old one as it was", () => {
    const rules = [{ id: "r", segmentKey: "s", serve: fixed("on") }];
    const before = flagSetOf(wireSnapshot(
      [wireFlag("a", { rules, fallthrough: fixed("off") })],
      [wireSegment("other"), wireSegment("s")],
    ));
    const conditions = [{ attribute: "plan", operator: "Equals", values: ["free"], negate: false }];
    const [changed] = flagSetOf(wireSnapshot([], [wireSegment("s", { version: 2, conditions })])).segments;
    const after = withSegment(before, changed!);
    expect(after.segments.map(({ key, version }) => `${key}@${version}`)).toEqual(["other@1", "s@2"]);
    expect(after.evaluate("a", { plan: "free" })?.value).toBe(true);
    expect(before.evaluate("a", { plan: "free" })?.value).toBe(false);
    expect(after.evaluate("a", { plan: "pro" })?.value).toBe(false);
    expect([after.environment, after.version]).toEqual([before.environment, before.version]);
  });

  it("adds a segment that was not there", () => {
    const before = flagSetOf(wireSnapshot([wireFlag("a")]));
    const [added] = flagSetOf(wireSnapshot([], [wireSegment("s")])).segments;
    expect(withSegment(before, added!).segments).toEqual([added]);
  });
});
