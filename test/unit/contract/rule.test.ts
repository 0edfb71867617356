import { describe, expect, it } from "vitest";
import { createDecodeState } from "../../../src/contract/decode.ts";
import { decodeRule, decodeServe } from "../../../src/contract/rule.ts";

const SERVE = { type: "Fixed", variation: "on" };

describe("decodeRule()", () => {
  it("fills in what may be missing, and distinguishes missing groups and conditions from empty ones (contract §2.1)", () => {
    const rule = decodeRule({ id: "r", serve: SERVE }, createDecodeState());
    expect(rule).toMatchObject({ id: "r", priority: 0, conditionGroups: null, segmentKey: "" });
    expect(rule.groups).toBe(null);
    const groups = [{ operator: "or" }, { operator: "And", conditions: [] }];
    expect(
      decodeRule({ id: "r", conditionGroups: groups, serve: SERVE }, createDecodeState()).conditionGroups,
    )
      .toEqual([
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
    expect(() => decodeRule({ id: "r", serve: SERVE, ...change }, createDecodeState())).toThrow(message);
  });

  it("notes where an unknown logic is (contract §2.1)", () => {
    const state = createDecodeState();
    decodeRule(
      { id: "r", conditionGroups: [{ operator: "And" }, { operator: "Xor" }], serve: SERVE },
      state,
    );
    expect(state.unknown).toEqual({
      path: "conditionGroups[1].operator",
      name: "Xor",
      known: "And and Or",
    });
  });
});

describe("decodeServe()", () => {
  it("reads a fixed serve; without a variation it has the empty key (contract §3.6)", () => {
    expect({ ...decodeServe({ type: "fixed", variation: "on" }, "serve", createDecodeState()) }).toEqual({
      type: "Fixed",
      variation: "on",
    });
    for (const variation of [null, undefined]) {
      expect(decodeServe({ type: "Fixed", variation }, "serve", createDecodeState()).variation).toBe("");
    }
  });

  it("gives equal fixed serves one object (bench: memory)", () => {
    const state = createDecodeState();
    const [on, other, off] = ["on", "on", "off"].map((variation) =>
      decodeServe({ type: "Fixed", variation }, "serve", state)
    );
    expect(other).toBe(on);
    expect(off).toEqual({ type: "Fixed", variation: "off" });
  });

  it("reads a rollout; a missing weight is 0 (contract §2.1)", () => {
    const serve = decodeServe(
      { type: "ROLLOUT", variations: [{ key: "a", weight: 20 }, { key: "b" }] },
      "serve",
      createDecodeState(),
    );
    expect(serve).toMatchObject({ type: "Rollout", bucketBy: "", salt: "", variation: "" });
    expect(serve.type === "Rollout" && serve.variations.map((weighted) => ({ ...weighted }))).toEqual([
      { key: "a", weight: 20 },
      { key: "b", weight: 0 },
    ]);
    expect(decodeServe({ type: "Rollout", variations: null }, "serve", createDecodeState())).toMatchObject({
      variations: [],
    });
  });

  it("notes an unknown type under its path (contract §2.1)", () => {
    const state = createDecodeState();
    decodeServe({ type: "Canary" }, "fallthrough", state);
    expect(state.unknown).toEqual({ path: "fallthrough.type", name: "Canary", known: "Fixed and Rollout" });
  });

  it.each<[unknown, string]>([
    [null, "serve must be an object, but is null"],
    [{}, "serve.type must be a string, but is missing"],
    [{ type: "Fixed", salt: 1 }, "serve.salt must be a string or null, but is 1"],
    [{ type: "Rollout", variations: [{ key: 1 }] }, "serve.variations[0].key must be a string, but is 1"],
    [
      { type: "Rollout", variations: [{ key: "a", weight: null }] },
      "serve.variations[0].weight must be a finite number, but is null",
    ],
  ])("refuses %j (contract §2.1)", (json, message) => {
    expect(() => decodeServe(json, "serve", createDecodeState())).toThrow(message);
  });
});
