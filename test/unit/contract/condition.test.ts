import { describe, expect, it } from "vitest";
import { decodeConditions, decodeLogic, OPERATORS } from "../../../src/contract/condition.ts";
import { createDecodeState } from "../../../src/contract/decode.ts";

describe("OPERATORS", () => {
  it("are the twenty of contract §3.3, each once", () => {
    expect(OPERATORS).toHaveLength(20);
    expect(new Set(OPERATORS).size).toBe(20);
  });
});

describe("decodeConditions()", () => {
  it("turns numbers and booleans among the values into strings (contract §2.1)", () => {
    const wire = [{ attribute: "a", operator: "in", values: ["x", 1.5, true], negate: true }];
    const [condition] = decodeConditions(wire, createDecodeState())!;
    expect(condition).toMatchObject({
      attribute: "a",
      operator: "in",
      values: ["x", "1.5", "true"],
      negate: true,
    });
  });

  it("fills in values and negate, and distinguishes a missing list from an empty one (contract §2.1)", () => {
    const [condition] = decodeConditions([{ attribute: "a", operator: "In" }], createDecodeState())!;
    expect(condition).toMatchObject({ values: [], negate: false });
    expect([undefined, null, []].map((json) => decodeConditions(json, createDecodeState()))).toEqual([
      null,
      null,
      [],
    ]);
  });

  it.each<[object, string]>([
    [{ attribute: 1 }, "conditions[0].attribute must be a string, but is 1"],
    [{ operator: null }, "conditions[0].operator must be a string, but is null"],
    [{ negate: null }, "conditions[0].negate must be true or false, but is null"],
    [{ values: [[]] }, "conditions[0].values[0] must be a string, a number or a boolean, but is a list"],
    [{ values: ["a", null] }, "conditions[0].values[1] must be a string, a number or a boolean, but is null"],
  ])("refuses %j (contract §2.1)", (change, message) => {
    const wire = { attribute: "a", operator: "In", values: [], ...change };
    expect(() => decodeConditions([wire], createDecodeState())).toThrow(message);
  });

  it("gives equal conditions one object, and no others (bench: memory)", () => {
    const equal = { attribute: "a", operator: "In", values: ["x", "y"], negate: false };
    const state = createDecodeState();
    const decode = (wire: object) => decodeConditions([wire], state)![0]!;
    const first = decode(equal);
    for (
      const change of [
        { attribute: "b" },
        { operator: "Equals" },
        { values: ["x"] },
        { values: ["x", "y", "z"] },
        { values: ["x", "z"] },
        { values: ["y", "x"] },
        { values: ["x,y"] },
        { values: [] },
        { negate: true },
      ]
    ) {
      const other = decode({ ...equal, ...change });
      expect(other).not.toBe(first);
      expect(other).toMatchObject({ ...equal, ...change });
    }
    expect(decode({ ...equal })).toBe(first);
    expect(decode({ attribute: "a", operator: "In", values: ["x", "y"] })).toBe(first);
    expect(decodeConditions([equal], createDecodeState())![0]).not.toBe(first);
  });

  it("compares a condition with few of many that begin alike", () => {
    const state = createDecodeState();
    const conditions = Array.from(
      { length: 30 },
      (_, index) => decodeConditions([{ attribute: `a${index}`, operator: "In", values: ["x"] }], state)![0]!,
    );
    expect(new Set(conditions).size).toBe(30);
    expect(state.conditions.get("x")!.length).toBeLessThan(10);
  });

  it("keeps what the evaluation memoizes out of JSON and of equality", () => {
    const [condition] = decodeConditions([{ attribute: "a", operator: "In" }], createDecodeState())!;
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
    const state = createDecodeState();
    expect(["And", "AND", "or", "oR"].map((name) => decodeLogic(name, "operator", state))).toEqual([
      "And",
      "And",
      "Or",
      "Or",
    ]);
    expect(state.unknown).toBe(undefined);
    decodeLogic("", "operator", state);
    expect(state.unknown).toEqual({ path: "operator", name: "", known: "And and Or" });
    // Of several, the first is named.
    decodeLogic("Xor", "conditionLogic", state);
    expect(state.unknown).toMatchObject({ path: "operator" });
    state.unknown = undefined;
    decodeLogic("Xor", "conditionLogic", state);
    expect(state.unknown).toEqual({ path: "conditionLogic", name: "Xor", known: "And and Or" });
    expect(() => decodeLogic(undefined, "operator", createDecodeState())).toThrow(
      "operator must be a string, but is missing",
    );
  });
});
