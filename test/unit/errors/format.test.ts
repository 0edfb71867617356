import { describe, expect, it } from "vitest";
import { isRecord, kindOf, messageOf, printable, quote } from "../../../src/errors/format.ts";

describe("quote()", () => {
  it("escapes a name, and shortens it to 100 characters", () => {
    expect(quote('a"b\n')).toBe('"a\\"b\\n"');
    expect(quote("x".repeat(100))).toBe(`"${"x".repeat(100)}"`);
    expect(quote("x".repeat(101))).toBe(`"${"x".repeat(99)}…"`);
  });
});

describe("printable()", () => {
  it("escapes what a terminal or a log viewer would obey: C0, C1, bidi, separators", () => {
    expect(printable("a\u001b[2K\u0007\r\u009b\u202e\u2028\u2066\ufeffb")).toBe(
      "a\\u001b[2K\\u0007\\u000d\\u009b\\u202e\\u2028\\u2066\\ufeffb",
    );
    expect(printable("two\n\tlines, Grüße, 用户, 🎉")).toBe("two\n\tlines, Grüße, 用户, 🎉");
    expect(quote("\u202e")).toBe('"\\u202e"');
  });
});

describe("kindOf()", () => {
  it.each([
    [null, "null"],
    [[1], "a list"],
    [{}, "an object"],
    ["x", "a string"],
    [1, "a number"],
    [true, "a boolean"],
    [() => {}, "a function"],
    [undefined, "undefined"],
  ])("names the kind of %j", (value, kind) => {
    expect(kindOf(value)).toBe(kind);
  });
});

describe("messageOf()", () => {
  it("returns an error's message, and of any other value only its type", () => {
    expect(messageOf(new TypeError("broken"))).toBe("broken");
    expect(messageOf({ toString: () => expect.fail("was turned into text") })).toBe("object");
    expect(messageOf("a secret")).toBe("string");
  });
});

describe("isRecord()", () => {
  it("accepts objects, and neither null nor lists nor functions", () => {
    expect([{}, new Date(), Object.create(null)].every(isRecord)).toBe(true);
    expect([null, undefined, [], "x", 1, () => {}].some(isRecord)).toBe(false);
  });
});
