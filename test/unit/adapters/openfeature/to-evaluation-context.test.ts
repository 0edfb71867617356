import { describe, expect, it } from "vitest";
import { toEvaluationContext } from "../../../../src/adapters/openfeature/to-evaluation-context.ts";

describe("toEvaluationContext()", () => {
  it("makes the targeting key the user id, whatever the context calls its own", () => {
    expect(toEvaluationContext({ targetingKey: "u-1", plan: "pro" })).toEqual({
      targetingKey: "u-1",
      plan: "pro",
      user_id: "u-1",
    });
    expect(toEvaluationContext({ targetingKey: "u-1", userId: "u-2" })).not.toHaveProperty("userId");
    expect(toEvaluationContext({ targetingKey: "u-1", user_id: "u-2" })).toHaveProperty("user_id", "u-1");
  });

  it.each([{}, { targetingKey: "" }, { user_id: "u-2" }])("keeps a context without one: %j", (context) => {
    expect(toEvaluationContext(context)).toBe(context);
  });
});
