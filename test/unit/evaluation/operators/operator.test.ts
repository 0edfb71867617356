import { describe, expect, it } from "vitest";
import { highest, lowest, not, operator } from "../../../../src/evaluation/operators/operator.ts";

describe("lowest() and highest()", () => {
  it.each<[readonly number[], number, number]>([
    [[], NaN, NaN],
    [[NaN], NaN, NaN],
    [[3, 1, 2], 1, 3],
    [[1, 2, 3], 1, 3],
    [[3, 2, 1], 1, 3],
    [[NaN, 5, NaN, -1], -1, 5],
    [[5, NaN], 5, 5],
    [[-Infinity, 0, Infinity], -Infinity, Infinity],
  ])("of %j are %d and %d", (numbers, low, high) => {
    const values = numbers.map(String);
    expect(lowest(Number)(values)).toBe(low);
    expect(highest(Number)(values)).toBe(high);
  });
});

describe("not()", () => {
  it("prepares the same and answers the opposite", () => {
    const equals = operator((values) => values[0], (value, first) => value === first);
    const differs = not(equals);
    expect(differs.prepare).toBe(equals.prepare);
    expect(["a", "b"].map((value) => equals.matches(value, "a"))).toEqual([true, false]);
    expect(["a", "b"].map((value) => differs.matches(value, "a"))).toEqual([false, true]);
  });
});
