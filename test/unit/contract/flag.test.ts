import { describe, expect, it } from "vitest";
import { createDecodeState } from "../../../src/contract/decode.ts";
import { decodeFlag, decodePrerequisite } from "../../../src/contract/flag.ts";
import { fixed, wireFlag } from "../../support/wire.ts";

function refuse(message: string): never {
  throw new Error(`an unexpected warning: ${message}`);
}

describe("decodeFlag()", () => {
  it("fills in what may be missing or null (contract §2.1)", () => {
    const flag = decodeFlag({
      key: "f",
      type: "Boolean",
      enabled: false,
      variations: [{ key: "on" }],
      fallthrough: { type: "Fixed" },
    }, refuse)!;
    expect(flag).toMatchObject({ version: 0, rules: [], prerequisites: [], offVariation: "" });
    expect(flag.variations).toEqual([{ key: "on", value: null }]);
    expect(flag.outcome).toBe(null);
    expect(flag.preparedFor).toBe(null);
  });

  it("sorts rules by priority, equal ones in the order of the payload (contract §3.1)", () => {
    const rules = [3, 1, 2, 1, undefined].map((priority, index) => ({
      id: `${priority}:${index}`,
      ...(priority !== undefined && { priority }),
      serve: fixed("on"),
    }));
    const ids = decodeFlag(wireFlag("f", { rules }), refuse)!.rules.map(({ id }) => id);
    expect(ids).toEqual(["undefined:4", "1:1", "1:3", "2:2", "3:0"]);
  });

  it("shares equal variations of flags of one type, and no others", () => {
    const state = createDecodeState();
    const [a, b, c, d] = [
      wireFlag("a"),
      wireFlag("b"),
      wireFlag("c", { variations: [{ key: "on", value: true }, { key: "off", value: true }] }),
      wireFlag("d", { type: "Json" }),
    ].map((wire) => decodeFlag(wire, refuse, state)!.variations);
    expect(b).toBe(a);
    expect(c).not.toBe(a);
    expect(d).not.toBe(a);
    expect(c).toEqual([{ key: "on", value: true }, { key: "off", value: true }]);
  });

  it("converts values by the given function, a missing one aside", () => {
    const wire = wireFlag("f", { variations: [{ key: "a", value: 1 }, { key: "b" }] });
    const flag = decodeFlag(wire, refuse, createDecodeState(), (json) => `<${String(json)}>`)!;
    expect(flag.variations).toEqual([{ key: "a", value: "<1>" }, { key: "b", value: null }]);
  });

  it("drops a flag with an unknown serve, with one warning (contract §2.1)", () => {
    const warnings: string[] = [];
    const wire = wireFlag("f", { fallthrough: { type: "Canary" } });
    expect(decodeFlag(wire, (message) => void warnings.push(message))).toBe(null);
    expect(warnings).toEqual([
      'Flag "f" dropped: fallthrough.type is "Canary", but this version knows only Fixed and Rollout',
    ]);
  });

  it("refuses what violates a type (contract §2.1)", () => {
    expect(() => decodeFlag({ ...wireFlag("f"), enabled: "true" }, refuse)).toThrow(
      'enabled must be true or false, but is "true"',
    );
    expect(() => decodeFlag({ ...wireFlag("f"), variations: null }, refuse)).toThrow(
      "variations must be a list, but is null",
    );
  });
});

describe("decodePrerequisite()", () => {
  it("reads both keys, empty ones too (contract §2)", () => {
    const prerequisite = decodePrerequisite({ prerequisiteFlagKey: "__proto__", expectedVariationKey: "" });
    expect({ ...prerequisite }).toEqual({ prerequisiteFlagKey: "__proto__", expectedVariationKey: "" });
    expect(prerequisite.outcome).toBe(null);
  });

  it("refuses a prerequisite that it cannot read: without it the flag would be open (contract §2.1)", () => {
    for (const json of [null, [], "billing"]) {
      expect(() => decodePrerequisite(json)).toThrow("must be an object");
    }
    expect(() => decodePrerequisite({ prerequisiteFlagKey: "f" })).toThrow(
      "expectedVariationKey must be a string, but is missing",
    );
    expect(() => decodePrerequisite({ expectedVariationKey: "on" })).toThrow(
      "prerequisiteFlagKey must be a string, but is missing",
    );
  });
});
