import { describe, expect, it } from "vitest";
import { decodeConditions, decodeLogic, OPERATORS } from "../../../src/contract/condition.ts";
import type { UnknownName } from "../../../src/contract/decode.ts";

describe("OPERATORS", () => {
  it("are the twenty of contract §3.3, each once", () => {
    expect(OPERATORS).toHaveLength(20);
    expect(new Set(OPERATORS).size).toBe(20);
  });
});

describe("decodeConditions()", () => {
  it("turns numbers and booleans among the values into strings (contract §2.1)", () => {
    const wire = [{ attribute: "a", operator: "in", values: ["x", 1.5, true], negate: true }];
    const [condition] = decodeConditions(wire, [])!;
    expect(condition).toMatchObject({
      attribute: "a",
      operator: "in",
      values: ["x", "1.5", "true"],
      negate: true,
    });
  });

  it("fills in values and negate, and distinguishes a missing list from an empty one (contract §2.1)", () => {
    const [condition] = decodeConditions([{ attribute: "a", operator: "In" }], [])!;
    expect(condition).toMatchObject({ values: [], negate: false });
    expect([undefined, null, []].map((json) => decodeConditions(json, []))).toEqual([null, null, []]);
  });

  it.each<[object, string]>([
    [{ attribute: 1 }, "conditions[0].attribute must be a string, but is 1"],
    [{ operator: null }, "conditions[0].operator must be a string, but is null"],
    [{ negate: null }, "conditions[0].negate must be true or false, but is null"],
    [{ values: [[]] }, "conditions[0].values[0] must be a string, a number or a boolean, but is a list"],
    [{ values: ["a", null] }, "conditions[0].values[1] must be a string, a number or a boolean, but is null"],
  ])("refuses %j (contract §2.1)", (change, message) => {
    const wire = { attribute: "a", operator: "In", values: [], ...change };
    expect(() => decodeConditions([wire], [])).toThrow(message);
  });

  it("keeps what the evaluation memoizes out of JSON and of equality", () => {
    const [condition] = decodeConditions([{ attribute: "a", operator: "In" }], [])!;
    expect([condition!.matches, condition!.prepared]).toEqual([null, null]);
    const before = JSON.stringify(condition);
    condition!.matches = () => true;
    condition!.prepared = [1];
    expect(JSON.stringify(condition)).toBe(before);
    expect(Object.keys(condition!)).toEqual(["attribute", "operator", "values", "negate"]);
  });
});

describe("decodeLogic()", () => {
  it("reads And and Or in any case, and notes any other name (contract §2.1)", () => {
    const unknownNames: UnknownName[] = [];
    expect(["And", "AND", "or", "oR"].map((name) => decodeLogic(name, "operator", unknownNames))).toEqual([
      "And",
      "And",
      "Or",
      "Or",
    ]);
    expect(unknownNames).toEqual([]);
    decodeLogic("", "operator", unknownNames);
    decodeLogic("Xor", "conditionLogic", unknownNames);
    expect(unknownNames).toEqual([
      { path: "operator", name: "", known: "And and Or" },
      { path: "conditionLogic", name: "Xor", known: "And and Or" },
    ]);
    expect(() => decodeLogic(undefined, "operator", [])).toThrow("operator must be a string, but is missing");
  });
});
