import type { EvaluationContext as OpenFeatureContext } from "@openfeature/server-sdk";
import { describe, expect, it } from "vitest";
import { toEvaluationContext } from "../../../../src/adapters/openfeature/conversions.ts";

const refuse = (_topic: string, message: string): void => {
  throw new Error(message);
};

describe("toEvaluationContext()", () => {
  it("makes the targeting key the user id, whatever the context calls its own", () => {
    expect(toEvaluationContext({ targetingKey: "u-1", plan: "pro" }, refuse)).toEqual({
      targetingKey: "u-1",
      plan: "pro",
      user_id: "u-1",
    });
    expect(toEvaluationContext({ targetingKey: "u-1", userId: "u-2" }, refuse)).not.toHaveProperty("userId");
    expect(toEvaluationContext({ targetingKey: "u-1", user_id: "u-2" }, refuse)).toHaveProperty(
      "user_id",
      "u-1",
    );
  });

  it.each([{}, { targetingKey: "" }, { user_id: "u-2" }])("keeps a context without one: %j", (context) => {
    expect(toEvaluationContext(context, refuse)).toBe(context);
  });

  it("turns a number into a string, and warns of any other targeting key, which is ignored", () => {
    const given = (targetingKey: unknown) =>
      ({ targetingKey, user_id: "own" }) as unknown as OpenFeatureContext;
    expect(toEvaluationContext(given(42), refuse)).toMatchObject({ user_id: "42" });
    expect(toEvaluationContext(given(42n), refuse)).toMatchObject({ user_id: "42" });
    const warnings: string[] = [];
    for (const key of [true, {}, []]) {
      const warnOnce = (topic: string, message: string): void => void warnings.push(`${topic}: ${message}`);
      expect(toEvaluationContext(given(key), warnOnce)).toMatchObject({ user_id: "own" });
    }
    expect(warnings).toEqual([
      "targeting key: Ignoring the targeting key: it must be a string, but is a boolean",
      "targeting key: Ignoring the targeting key: it must be a string, but is an object",
      "targeting key: Ignoring the targeting key: it must be a string, but is a list",
    ]);
    expect(toEvaluationContext(given(null), refuse)).toMatchObject({ user_id: "own" });
  });
});
