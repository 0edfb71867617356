import { describe, expect, it } from "vitest";
import type { UnknownName } from "../../../src/contract/decode.ts";
import { decodeRule } from "../../../src/contract/rule.ts";

const SERVE = { type: "Fixed", variation: "on" };

describe("decodeRule()", () => {
  it("fills in what may be missing, and distinguishes missing groups and conditions from empty ones (contract §2.1)", () => {
    const rule = decodeRule({ id: "r", serve: SERVE }, []);
    expect(rule).toMatchObject({ id: "r", priority: 0, conditionGroups: null, segmentKey: "" });
    expect(rule.groups).toBe(null);
    const groups = [{ operator: "or" }, { operator: "And", conditions: [] }];
    expect(decodeRule({ id: "r", conditionGroups: groups, serve: SERVE }, []).conditionGroups).toEqual([
      { operator: "Or", conditions: null },
      { operator: "And", conditions: [] },
    ]);
  });

  it.each<[object, string]>([
    [{ id: 1 }, "id must be a string, but is 1"],
    [{ priority: null }, "priority must be a finite number, but is null"],
    [{ segmentKey: 0 }, "segmentKey must be a string or null, but is 0"],
    [{ conditionGroups: {} }, "conditionGroups must be a list, but is an object"],
    [{ conditionGroups: [{}] }, "conditionGroups[0].operator must be a string, but is missing"],
    [{ serve: null }, "serve must be an object, but is null"],
  ])("refuses %j (contract §2.1)", (change, message) => {
    expect(() => decodeRule({ id: "r", serve: SERVE, ...change }, [])).toThrow(message);
  });

  it("notes where an unknown logic is (contract §2.1)", () => {
    const unknownNames: UnknownName[] = [];
    decodeRule(
      { id: "r", conditionGroups: [{ operator: "And" }, { operator: "Xor" }], serve: SERVE },
      unknownNames,
    );
    expect(unknownNames).toEqual([
      { path: "conditionGroups[1].operator", name: "Xor", known: "And and Or" },
    ]);
  });
});
