import { describe, expect, it } from "vitest";
import { equalJson } from "../../../src/contract/wire.ts";

describe("equalJson()", () => {
  it.each<[unknown, unknown]>([
    [null, null],
    [0, -0],
    ["a", "a"],
    [[], []],
    [{}, {}],
    [[1, [2, { a: null }]], [1, [2, { a: null }]]],
    [{ a: 1, b: { c: [] } }, { b: { c: [] }, a: 1 }],
    [JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":1}')],
  ])("takes %j and %j as equal", (a, b) => {
    expect(equalJson(a, b)).toBe(true);
    expect(equalJson(b, a)).toBe(true);
  });

  it.each<[unknown, unknown]>([
    [null, {}],
    [null, undefined],
    [0, "0"],
    [1, true],
    ["a", ["a"]],
    ["ab", { 0: "a", 1: "b" }],
    [[], {}],
    [[1], { 0: 1 }],
    [[1], [1, 2]],
    [[1, 2], [2, 1]],
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { b: 1 }],
    [{ a: undefined }, { b: undefined }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [{ a: { b: 1 } }, { a: { b: 2 } }],
    [JSON.parse('{"toString":1}'), { a: 1 }],
    // The property exists on one side only, on the other its prototype has it.
    [{ constructor: Object }, { other: 1 }],
  ])("takes %j and %j as different", (a, b) => {
    expect(equalJson(a, b)).toBe(false);
    expect(equalJson(b, a)).toBe(false);
  });
});
