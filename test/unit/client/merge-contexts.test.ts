import { describe, expect, it } from "vitest";
import { mergeContexts } from "../../../src/client/merge-contexts.ts";

/** As an ordinary object, to be compared. */
function merge(defaults: object, context: object): Record<string, unknown> {
  return { ...mergeContexts(defaults as Record<string, unknown>, context as Record<string, unknown>) };
}

const thrower = {
  get broken(): never {
    throw new Error("no");
  },
};

describe("mergeContexts()", () => {
  it("lets the context's own attributes count", () => {
    expect(merge({ plan: "free", country: "DE" }, { plan: "pro" })).toEqual({ plan: "pro", country: "DE" });
  });

  it("takes null and undefined for absent (contract §3.2)", () => {
    expect(merge({ plan: "free", country: "DE" }, { plan: null, country: undefined })).toEqual({
      plan: "free",
      country: "DE",
    });
    expect(merge({ plan: null }, {})).toEqual({});
  });

  it("replaces a default user id in both spellings (contract §3.2)", () => {
    expect(merge({ user_id: "anonymous" }, { userId: "u-1" })).toEqual({ userId: "u-1" });
    expect(merge({ userId: "anonymous" }, { user_id: "u-1" })).toEqual({ user_id: "u-1" });
    expect(merge({ userId: "anonymous" }, { user_id: null })).toEqual({ userId: "anonymous" });
    expect(merge({ userId: "anonymous" }, { user_id: "" })).toEqual({ user_id: "" });
  });

  it("keeps attributes named like members of Object.prototype", () => {
    const merged = mergeContexts(JSON.parse(`{"__proto__":"a"}`), { constructor: "b" });
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(Object.entries(merged)).toEqual([["__proto__", "a"], ["constructor", "b"]]);
  });

  it("sees own attributes that are not enumerable, and no inherited ones (contract §3.2)", () => {
    const context = Object.create({ inherited: 1 }, { hidden: { value: 2, enumerable: false } });
    expect(merge({}, context)).toEqual({ hidden: 2 });
  });

  it("leaves out what throws, on either side", () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(merge(thrower, { plan: "pro" })).toEqual({ plan: "pro" });
    expect(merge({ plan: "pro" }, thrower)).toEqual({ plan: "pro" });
    expect(merge({ plan: "pro" }, revoked.proxy)).toEqual({ plan: "pro" });
  });

  it("changes neither side", () => {
    const defaults = Object.freeze({ user_id: "a", plan: "free" });
    const context = Object.freeze({ userId: "b" });
    expect(merge(defaults, context)).toEqual({ plan: "free", userId: "b" });
  });
});
