import { describe, expect, it } from "vitest";
import { not, where } from "../../../src/testing/condition.ts";

describe("where()", () => {
  it("is a condition as the wire carries it (contract §2)", () => {
    expect(where("age", "GreaterThan", 17)).toStrictEqual({
      attribute: "age",
      operator: "GreaterThan",
      values: [17],
    });
    expect(where("plan", "In")).toStrictEqual({ attribute: "plan", operator: "In", values: [] });
  });

  it.each(["equals", "Equalz", "", undefined])("refuses the operator %j (contract §3.3)", (operator) => {
    expect(() => where("plan", operator as "Equals", "pro")).toThrow(
      new RegExp(
        `^Cannot use where\\(\\): 'operator' must be one of Equals, NotEquals, .*, but is ${
          JSON.stringify(operator)
        }$`,
      ),
    );
  });
});

describe("not()", () => {
  it("inverts a condition, which stays as it is, and inverts it back (contract §3.3)", () => {
    const condition = where("plan", "In", "pro");
    expect(not(condition)).toStrictEqual({ ...condition, negate: true });
    expect(not(not(condition))).toStrictEqual({ ...condition, negate: false });
    expect(condition.negate).toBeUndefined();
  });
});
