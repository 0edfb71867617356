import { describe, expect, it } from "vitest";
import {
  createDecodeState,
  decodeList,
  decodeNullableList,
  decodeObject,
  decodeOptionalList,
  decodeOptionalNumber,
  decodeOptionalString,
  decodeString,
  decodeVersion,
  dropUnknown,
  freezeJson,
} from "../../../src/contract/decode.ts";
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

  it("fill in what may be missing", () => {
    expect([undefined, null, "x"].map((json) => decodeOptionalString(json, "p"))).toEqual(["", "", "x"]);
    expect(() => decodeOptionalString(0, "p")).toThrow("p must be a string or null, but is 0");
    expect([undefined, 2.5].map((json) => decodeOptionalNumber(json, "p"))).toEqual([0, 2.5]);
    for (const json of [null, "1", NaN, Infinity]) {
      expect(() => decodeOptionalNumber(json, "p")).toThrow(/^p must be a finite number/);
    }
    expect([undefined, null, "7", NaN, Infinity, 7].map(decodeVersion)).toEqual([0, 0, 0, 0, 0, 7]);
  });
});

describe("the decoders of lists (contract §2.1)", () => {
  it("tell a missing list from an empty one, where that matters", () => {
    expect([undefined, null, []].map((json) => decodeNullableList(json, "p", item, createDecodeState())))
      .toEqual([
        null,
        null,
        [],
      ]);
    expect([undefined, null, []].map((json) => decodeOptionalList(json, "p", item, createDecodeState())))
      .toEqual([
        [],
        [],
        [],
      ]);
    expect(() => decodeList(null, "p", item, createDecodeState())).toThrow("p must be a list, but is null");
    expect(decodeList(["a", "b"], "p", item, createDecodeState())).toEqual(["a", "b"]);
  });

  it("name the item that is wrong", () => {
    expect(() => decodeList(["a", 1], "p", item, createDecodeState())).toThrow(
      "p[1].name must be a string, but is 1",
    );
  });

  it("complete the path of an unknown name, and of no earlier one", () => {
    const state = createDecodeState();
    const pathOf = (json: readonly number[]): string | undefined => {
      decodeList(
        json,
        "p",
        (item, state) => item === 1 && (state.unknown ??= { path: "type", name: "x", known: "y" }),
        state,
      );
      return state.unknown?.path;
    };
    expect(pathOf([0])).toBe(undefined);
    expect(pathOf([0, 1, 1])).toBe("p[1].type");
    expect(pathOf([1])).toBe("p[1].type");
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

describe("dropUnknown()", () => {
  it("returns the item, or null and one warning for an unknown name (contract §2.1)", () => {
    const warnings: string[] = [];
    const warn = (message: string): void => void warnings.push(message);
    const flag = { key: "f" };
    const state = createDecodeState();
    expect(dropUnknown("Flag", flag, state, warn)).toBe(flag);
    expect(warnings).toEqual([]);
    state.unknown = { path: "fallthrough.type", name: "Canary", known: "Fixed" };
    expect(dropUnknown("Flag", flag, state, warn)).toBe(null);
    // The next flag of the snapshot is not dropped.
    expect(dropUnknown("Flag", flag, state, warn)).toBe(flag);
    expect(warnings).toEqual([
      'Flag "f" dropped: fallthrough.type is "Canary", but this version knows only Fixed',
    ]);
  });
});
