import { describe, expect, it } from "vitest";
import { equalJson, flagPath, setOwn } from "../../../src/contract/wire.ts";

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

describe("flagPath()", () => {
  it.each([
    ["dark-mode", "dark-mode"],
    ["a b", "a%20b"],
    ["a/b?c#d", "a%2Fb%3Fc%23d"],
    ["100%", "100%25"],
    ["%2e%2e", "%252e%252e"],
    ["...", "..."],
    ["用户", "%E7%94%A8%E6%88%B7"],
    ["😀", "%F0%9F%98%80"],
    ["\r\n", "%0D%0A"],
    ["__proto__", "__proto__"],
    [" ", "%20"],
  ])("percent-encodes the key %j (contract §1)", (key, encoded) => {
    expect(flagPath(key)).toBe(`/v1/sdk/flags/${encoded}`);
    // What a URL makes of it names the same flag.
    const { pathname } = new URL(flagPath(key)!, "https://eval.featureflip.io");
    expect(decodeURIComponent(pathname.slice("/v1/sdk/flags/".length))).toBe(key);
  });

  it.each(["", ".", "..", "\ud800", "a\udc00b"])(
    "has no path for %j, which a URL can't carry (contract §4)",
    (key) => {
      expect(flagPath(key)).toBeNull();
    },
  );
});

describe("setOwn()", () => {
  it("sets an ordinary property of any name (contract §2.1)", () => {
    const record: Record<string, number> = {};
    const names = ["a", "__proto__", "constructor", "toString"];
    for (const name of names) setOwn(record, name, 1);
    for (const name of names) setOwn(record, name, 2);
    expect(Object.entries(record)).toEqual(names.map((name) => [name, 2]));
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
    record.a = 3;
    record.toString = 4 as never;
    delete record["__proto__"];
    expect(Object.keys(record)).toEqual(["a", "constructor", "toString"]);
  });
});
