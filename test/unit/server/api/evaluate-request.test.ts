import { describe, expect, it } from "vitest";
import { decodeEvaluateRequest, toEvaluateResponse } from "../../../../src/server/api/evaluate-request.ts";

describe("decodeEvaluateRequest()", () => {
  it("flattens user id and attributes into one context (contract §1)", () => {
    expect(decodeEvaluateRequest({ flagKey: "a" })).toEqual({ flagKey: "a", context: {} });
    const context = { userId: "u", attributes: { plan: "pro", userId: "v" } };
    expect(decodeEvaluateRequest({ flagKey: "a", context }).context).toEqual({ userId: "v", plan: "pro" });
    expect(decodeEvaluateRequest({ flagKey: "a", context: { userId: null, attributes: null } }).context)
      .toEqual({});
  });

  it("names the path of what is wrong", () => {
    expect(() => decodeEvaluateRequest({})).toThrow("flagKey must be a string, but is missing");
    expect(() => decodeEvaluateRequest({ flagKey: "a", context: 1 })).toThrow(
      "context must be an object, but is 1",
    );
  });
});

describe("toEvaluateResponse()", () => {
  it("answers with an empty variation and null where a caller gets the default", () => {
    expect(toEvaluateResponse("a", { value: undefined, reason: "FLAG_DISABLED" })).toEqual({
      key: "a",
      variation: "",
      value: null,
      reason: "FlagDisabled",
    });
  });
});
