import { describe, expect, it } from "vitest";
import {
  mergeContexts,
  readAttribute,
  readOwnAttribute,
} from "../../../src/evaluation/evaluation-context.ts";
import type { EvaluationContext } from "../../../src/evaluation/evaluation-context.ts";

describe("readOwnAttribute()", () => {
  it("gives strings, numbers and booleans as they are (contract §3.2)", () => {
    for (const value of ["", "pro", "\ud800", 0, -1.5, NaN, Infinity, true, false]) {
      expect(readOwnAttribute({ plan: value }, "plan")).toBe(value);
    }
    expect(Object.is(readOwnAttribute({ plan: -0 }, "plan"), -0)).toBe(true);
  });

  it("treats missing, undefined and null as absent (contract §3.2)", () => {
    expect(readOwnAttribute({}, "plan")).toBeUndefined();
    expect(readOwnAttribute({ plan: undefined }, "plan")).toBeUndefined();
    expect(readOwnAttribute({ plan: null }, "plan")).toBeUndefined();
  });

  it("treats a context that is null, undefined or not an object as empty (contract §3.2)", () => {
    for (const context of [null, undefined, 1, true, "pro", Symbol("pro"), 1n]) {
      expect(readOwnAttribute(context as unknown as EvaluationContext, "plan")).toBeUndefined();
    }
  });

  it("counts own properties only (contract §3.2)", () => {
    const context: EvaluationContext = Object.create({ plan: "pro" });
    expect(readOwnAttribute(context, "plan")).toBeUndefined();
    for (const name of ["toString", "constructor", "__proto__", "hasOwnProperty"]) {
      expect(readOwnAttribute({}, name)).toBeUndefined();
    }
    class User {
      readonly plan: string = "pro";
      get age(): number {
        return 42;
      }
    }
    expect(readOwnAttribute(new User() as unknown as EvaluationContext, "plan")).toBe("pro");
    expect(readOwnAttribute(new User() as unknown as EvaluationContext, "age")).toBeUndefined();
  });

  it("reads own properties of any name, and of an object without a prototype (contract §3.2)", () => {
    const context: EvaluationContext = Object.assign(Object.create(null), { plan: "pro" });
    expect(readOwnAttribute(context, "plan")).toBe("pro");
    expect(readOwnAttribute(JSON.parse('{"__proto__":"a"}'), "__proto__")).toBe("a");
    expect(readOwnAttribute({ constructor: "a", toString: "b", "": "c", "a.b": "d" }, "constructor")).toBe(
      "a",
    );
    expect(readOwnAttribute({ constructor: "a", toString: "b", "": "c", "a.b": "d" }, "toString")).toBe("b");
    expect(readOwnAttribute({ "": "c" }, "")).toBe("c");
    expect(readOwnAttribute({ "a.b": "d", a: { b: "e" } }, "a.b")).toBe("d");
  });

  it("treats a date as its ISO string, whatever its own methods return (contract §3.2)", () => {
    class Day extends Date {
      get [Symbol.toStringTag](): string {
        return "Day";
      }
    }
    expect(readOwnAttribute({ since: new Date(1704067200001) }, "since")).toBe("2024-01-01T00:00:00.001Z");
    expect(readOwnAttribute({ since: new Day(0) }, "since")).toBe("1970-01-01T00:00:00.000Z");
    expect(readOwnAttribute({ since: new Date(NaN) }, "since")).toBeUndefined();
  });

  it("treats other objects, arrays, functions and bigints as String(value) (contract §3.2)", () => {
    const circle: unknown[] = ["a"];
    circle.push(circle);
    const values: readonly unknown[] = [
      ["a", "b"],
      [],
      [null, [1, 2]],
      circle,
      {},
      { toString: () => "x" },
      { toString: () => 5 },
      { [Symbol.toPrimitive]: () => "y" },
      new String("s"),
      new Number(1),
      /re/,
      new URL("https://example.com/"),
      () => "f",
      12345678901234567890n,
    ];
    for (const value of values) expect(readOwnAttribute({ a: value }, "a")).toBe(String(value));
  });

  it("treats what can't become a string as absent, and never throws (contract §3.2)", () => {
    function fail(): never {
      throw new Error("from the context");
    }
    const values = [
      Object.create(null),
      Symbol("a"),
      Symbol.iterator,
      Object(Symbol("a")),
      { toString: fail },
      { toString: () => ({}), valueOf: () => ({}) },
      { toString: null, valueOf: null },
      { [Symbol.toPrimitive]: () => ({}) },
      [Symbol("a")],
      [Object.create(null)],
      Object.create(Date.prototype),
      new Proxy({}, { get: fail }),
    ];
    for (const value of values) expect(readOwnAttribute({ a: value }, "a")).toBeUndefined();

    const { proxy, revoke } = Proxy.revocable({ a: 1 }, {});
    revoke();
    const contexts = [
      Object.defineProperty({}, "a", { get: fail }),
      new Proxy({ a: 1 }, { get: fail }),
      new Proxy({ a: 1 }, { getOwnPropertyDescriptor: fail }),
      proxy,
    ];
    for (const context of contexts) {
      expect(readOwnAttribute(context as EvaluationContext, "a")).toBeUndefined();
    }
  });

  it("survives a value whose string is too deep to make (contract §3.2)", () => {
    let nested: unknown = "a";
    for (let depth = 0; depth < 100_000; depth++) nested = [nested];
    expect(() => readOwnAttribute({ a: nested }, "a")).not.toThrow();
  });
});

describe("readAttribute()", () => {
  const both: EvaluationContext = { user_id: "snake", userId: "camel" };

  it("finds the user id under either spelling (contract §3.2)", () => {
    for (const name of ["user_id", "userId"]) {
      expect(readAttribute({ user_id: "u" }, name)).toBe("u");
      expect(readAttribute({ userId: "u" }, name)).toBe("u");
      expect(readAttribute({}, name)).toBeUndefined();
      expect(readAttribute({ userid: "u", USER_ID: "u" }, name)).toBeUndefined();
    }
  });

  it("prefers the spelling that is asked for (contract §3.2)", () => {
    expect(readAttribute(both, "user_id")).toBe("snake");
    expect(readAttribute(both, "userId")).toBe("camel");
  });

  it("asks the other spelling where the first is absent, but not where it is empty (contract §3.2)", () => {
    for (const absent of [undefined, null, Symbol("u"), Object.create(null)]) {
      expect(readAttribute({ user_id: absent, userId: "u" }, "user_id")).toBe("u");
      expect(readAttribute({ userId: absent, user_id: "u" }, "userId")).toBe("u");
    }
    for (const empty of ["", 0, false]) {
      expect(readAttribute({ user_id: empty, userId: "u" }, "user_id")).toBe(empty);
      expect(readAttribute({ userId: empty, user_id: "u" }, "userId")).toBe(empty);
    }
  });

  it("gives no other attribute a second spelling (contract §3.2)", () => {
    expect(readAttribute({ account_id: "a" }, "accountId")).toBeUndefined();
    expect(readAttribute({ userId: "u", user_id: "u" }, "userID")).toBeUndefined();
  });
});

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

  it("treats null and undefined as absent (contract §3.2)", () => {
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
