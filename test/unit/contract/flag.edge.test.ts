import { describe, expect, it } from "vitest";
import { createDecodeState } from "../../../src/contract/decode.ts";
import { takeFlag } from "../../../src/contract/flag.edge.ts";
import { decodeFlag } from "../../../src/contract/flag.ts";
import { decodeSnapshot } from "../../../src/contract/snapshot.ts";
import { FlagSet, snapshotOf, withFlag } from "../../../src/store/flag-set.ts";
import { fixed, wireFlag, wireSnapshot } from "../../support/wire.ts";

const RULE = {
  id: "r",
  priority: 1,
  conditionGroups: [{
    operator: "Or",
    conditions: [{ attribute: "a", operator: "In", values: ["x", 1, true], negate: false }],
  }],
  segmentKey: null,
  serve: { type: "Rollout", bucketBy: "userId", salt: "s", variations: [{ key: "on", weight: 50 }] },
};
const PREREQUISITE = { prerequisiteFlagKey: "a", expectedVariationKey: "on" };

describe("takeFlag() of the edge build", () => {
  it.each<[string, object]>([
    ["without rules", wireFlag("f")],
    [
      "with everything",
      wireFlag("f", { rules: [RULE, { ...RULE, segmentKey: "s" }], prerequisites: [PREREQUISITE] }),
    ],
    [
      "of lists and objects",
      wireFlag("f", { variations: [{ key: "on", value: { a: [1] } }, { key: "off" }] }),
    ],
    ["of null", { ...wireFlag("f"), rules: null, prerequisites: null, offVariation: null, version: "x" }],
    ["of a new type", {
      key: "f",
      type: "New",
      enabled: false,
      variations: [],
      fallthrough: { type: "Fixed" },
    }],
    ["nested to the limit", withValue(nested(100))],
  ])("leaves a valid flag as JSON: %s (contract §2)", (_, flag) => {
    const copy = structuredClone(flag);
    expect(takeFlag(flag, refuse, createDecodeState())).toBe(flag);
    expect(flag).toEqual(copy);
    expect(Object.isFrozen(flag)).toBe(false);
    expect(decodeFlag(copy, refuse)).not.toBe(null);
  });

  it.each<[string, object]>([
    ["an unusual spelling", wireFlag("f", { fallthrough: { type: "fixed" } })],
    ["the name of a private property", { ...wireFlag("f"), preparedFor: null }],
  ])("decodes what might be taken for something else: %s", (_, flag) => {
    expect(takeFlag(structuredClone(flag), refuse, createDecodeState())).toEqual(decodeFlag(flag, refuse));
  });

  it.each<[string, object, string]>([
    ["an unknown serve", wireFlag("f", { fallthrough: { type: "Canary" } }), "Canary"],
    [
      "an unknown logic",
      wireFlag("f", { rules: [{ ...RULE, conditionGroups: [{ operator: "Xor" }] }] }),
      "Xor",
    ],
  ])("drops a flag with an unknown name: %s (contract §2.1)", (_, flag, name) => {
    const warnings: string[] = [];
    expect(takeFlag(flag, (message) => void warnings.push(message), createDecodeState())).toBe(null);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(name);
  });

  it.each<[string, object, string]>([
    ["nested beyond the limit", withValue(nested(101)), "nested"],
    ["a wrong type", wireFlag("f", { rules: [{ ...RULE, priority: null as never }] }), "rules[0].priority"],
  ])("refuses a bad flag: %s (contract §2.1)", (_, flag, message) => {
    expect(() => takeFlag(flag, refuse, createDecodeState())).toThrow(message);
  });
});

describe("a set of flags that were left as JSON", () => {
  it("decodes a flag when it is first asked for, and its prerequisites with it", () => {
    const values = [{ a: 1 }, { b: 2 }, { c: 3 }];
    const wires = values.map((value, at) =>
      wireFlag(`f${at}`, {
        variations: [{ key: "on", value }],
        rules: [{ id: "r", serve: fixed("on") }],
        prerequisites: at === 0 ? [{ ...PREREQUISITE, prerequisiteFlagKey: "f1" }] : [],
      })
    );
    const flags = FlagSet.of(decodeSnapshot(wireSnapshot(wires), refuse, takeFlag), refuse);
    expect(flags.evaluate("f0", {})?.value).toBe(values[0]);
    expect(values.map((value) => Object.isFrozen(value))).toEqual([true, true, false]);
    expect(flags.get("f0")).toBe(flags.get("f0"));
    const changed = withFlag(flags, decodeFlag(wireFlag("g"), refuse)!);
    expect(changed.get("f0")).toBe(flags.get("f0"));
    expect(changed.get("f2")).toEqual(decodeFlag(structuredClone(wires[2]), refuse));
    expect(snapshotOf(changed).flags.map(({ key }) => key)).toEqual(["f0", "f1", "f2", "g"]);
    expect(flags.get("h")).toBe(undefined);
  });

  it("has the same values for all flags", () => {
    const wire = wireSnapshot([wireFlag("a", { rules: [{ ...RULE, segmentKey: "s" }] }), wireFlag("b")]);
    const [late, atOnce] = [takeFlag, decodeFlag].map((take) =>
      FlagSet.of(decodeSnapshot(structuredClone(wire), refuse, take), refuse)
    );
    for (let times = 0; times < 2; times++) expect(late!.values({})).toEqual(atOnce!.values({}));
  });
});

function refuse(message: string): never {
  throw new Error(message);
}

function nested(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

function withValue(value: unknown): object {
  return wireFlag("f", { variations: [{ key: "on", value }] });
}
