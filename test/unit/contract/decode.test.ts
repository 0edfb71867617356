import { describe, expect, it } from "vitest";
import {
  checkList,
  checkOptionalList,
  checkOptionalNumber,
  checkOptionalString,
  decodeList,
  decodeObject,
  decodeString,
  decodeVersion,
  freezeJson,
  isKnown,
} from "../../../src/contract/decode.ts";
import type { UnknownName } from "../../../src/contract/decode.ts";
import { MAX_NESTING } from "../../../src/contract/limits.ts";

/** A list in a list in a list …, `levels` deep. */
function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)];
}

const item = (json: unknown): string => decodeString(json, "name");

describe("the decoders of single values (contract §2.1)", () => {
  it("accept a value of their type and refuse any other", () => {
    const object = {};
    expect(decodeObject(object)).toBe(object);
    for (const json of [undefined, null, [], "x", 1, true]) expect(() => decodeObject(json)).toThrow();
    expect(decodeString("", "p")).toBe("");
    for (const json of [undefined, null, 1, {}]) expect(() => decodeString(json, "p")).toThrow(/^p must be/);
  });

  it("accept what may be missing", () => {
    for (const json of [undefined, null, "", "x"]) checkOptionalString(json, "p");
    expect(() => checkOptionalString(0, "p")).toThrow("p must be a string or null, but is 0");
    for (const json of [undefined, 0, 2.5]) checkOptionalNumber(json, "p");
    for (const json of [null, "1", NaN, Infinity]) {
      expect(() => checkOptionalNumber(json, "p")).toThrow(/^p must be a finite number/);
    }
    expect([undefined, null, "7", NaN, Infinity, 7].map(decodeVersion)).toEqual([0, 0, 0, 0, 0, 7]);
  });
});

describe("the decoders of lists (contract §2.1)", () => {
  it("accept a missing list where it may be missing", () => {
    for (const json of [undefined, null, [], ["a"]]) checkOptionalList(json, "p", item, []);
    for (const json of [undefined, null, {}, "a"]) {
      expect(() => checkList(json, "p", item, [])).toThrow(/^p must be a list, but is /);
    }
    expect(() => checkOptionalList({}, "p", item, [])).toThrow("p must be a list, but is an object");
    expect([undefined, null, [], ["a", "b"]].map((list) => decodeList(list, (name) => `${name}!`))).toEqual([
      [],
      [],
      [],
      ["a!", "b!"],
    ]);
  });

  it("name the item that is wrong", () => {
    expect(() => checkList(["a", 1], "p", item, [])).toThrow("p[1].name must be a string, but is 1");
  });

  it("complete the path of an unknown name, and of no earlier one", () => {
    const unknownNames: UnknownName[] = [{ path: "before", name: "x", known: "y" }];
    checkList(
      [0, 1],
      "p",
      (json, names) => json === 1 && names.push({ path: "type", name: "x", known: "y" }),
      unknownNames,
    );
    expect(unknownNames.map(({ path }) => path)).toEqual(["before", "p[1].type"]);
  });
});

describe("freezeJson()", () => {
  it("freezes at any depth, in place (contract §2.1)", () => {
    const json = { a: [{ b: 1 }], c: null };
    expect(freezeJson(json)).toBe(json);
    expect([json, json.a, json.a[0]].every(Object.isFrozen)).toBe(true);
  });

  it("allows 100 levels and refuses 101 (contract §2.1)", () => {
    expect(() => freezeJson(nested(MAX_NESTING))).not.toThrow();
    expect(() => freezeJson(nested(MAX_NESTING + 1))).toThrow("value must be nested at most 100 levels deep");
  });
});

describe("isKnown()", () => {
  it("gives one warning for the first unknown name (contract §2.1)", () => {
    const warnings: string[] = [];
    const warn = (message: string): void => void warnings.push(message);
    expect(isKnown("Flag", "f", [], warn)).toBe(true);
    expect(warnings).toEqual([]);
    const names = ["Canary", "Other"].map((name) => ({ path: "fallthrough.type", name, known: "Fixed" }));
    expect(isKnown("Flag", "f", names, warn)).toBe(false);
    expect(warnings).toEqual([
      'Flag "f" dropped: fallthrough.type is "Canary", but this version knows only Fixed',
    ]);
  });
});
