import { describe, expect, it } from "vitest";
import { segment, where } from "../../../src/testing/condition.ts";

describe("segment()", () => {
  it("needs all of its conditions; without any, every context belongs to it (contract §2)", () => {
    const conditions = [where("plan", "In", "pro"), where("age", "LessThan", 30)];
    expect(segment("s", ...conditions)).toStrictEqual({
      key: "s",
      version: 1,
      conditionLogic: "And",
      conditions,
    });
    expect(segment("all").conditions).toStrictEqual([]);
  });
});
