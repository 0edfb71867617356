import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { removeFromJsonText, setInJsonText } from "../../../../src/cli/json/edit-json-text.ts";
import { PROPERTY_TIMEOUT, runs } from "../../../support/runs.ts";

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const holders = fc.oneof(fc.array(json), fc.dictionary(fc.string(), json));
const indents = fc.constantFrom("", "  ", "\t", "    ");

/** A place in a value: the way there, and what holds it. */
function places(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  const inner = steps.flatMap((step) => places(Reflect.get(value, step), [...path, step]));
  return [path, ...inner];
}

/** The same edit on the value instead of the text; properties are defined, so that `__proto__` is one. */
function edited(value: unknown, [step, ...rest]: readonly (string | number)[], set: unknown): unknown {
  if (step === undefined) return set;
  const copy: object = Array.isArray(value)
    ? [...value]
    : Object.fromEntries(Object.entries(value as object));
  const inner = Object.hasOwn(copy, step) ? Reflect.get(copy, step) : undefined;
  Object.defineProperty(copy, step, {
    value: edited(inner, rest, set),
    configurable: true,
    enumerable: true,
    writable: true,
  });
  return copy;
}

describe("setInJsonText()", () => {
  it("changes what stands at the place, and no other value", () => {
    fc.assert(
      fc.property(json, json, indents, fc.nat(), (value, set, indent, pick) => {
        const all = places(value);
        const path = all[pick % all.length]!;
        const text = setInJsonText(JSON.stringify(value, null, indent), path, set);
        expect(JSON.parse(text)).toStrictEqual(edited(value, path, set));
      }),
      { numRuns: runs(500) },
    );
  }, PROPERTY_TIMEOUT);

  it("makes one change after the other, each in the text that the last one left", () => {
    const file = fc.dictionary(fc.string(), fc.array(fc.dictionary(fc.string(), json)))
      .map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    const edits = fc.array(fc.tuple(fc.nat(), json), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(file, edits, indents, (start, edits, indent) => {
        let value = start;
        let text = JSON.stringify(value, null, indent);
        for (const [pick, set] of edits) {
          const ways = places(value);
          const path = ways.findLast(({ length }, index) => length > 2 && index <= pick % ways.length) ??
            ways[pick % ways.length]!;
          value = edited(value, path, set);
          text = setInJsonText(text, path, set);
          expect(JSON.parse(text)).toStrictEqual(value);
        }
      }),
      { numRuns: runs(500) },
    );
  }, PROPERTY_TIMEOUT);

  it("adds what is new at the end", () => {
    fc.assert(
      fc.property(holders, json, indents, (holder, set, indent) => {
        const step = Array.isArray(holder) ? holder.length : "new property";
        const text = setInJsonText(JSON.stringify(holder, null, indent), [step], set);
        expect(JSON.parse(text)).toStrictEqual(edited(holder, [step], set));
      }),
      { numRuns: runs(500) },
    );
  }, PROPERTY_TIMEOUT);

  it("leaves the form of everything else as its author chose it", () => {
    const text =
      '{ "flags": [\n    { "key": "a",   "enabled": true },\n    { "key":"b", "enabled" : true }\n] }\n';
    expect(setInJsonText(text, ["flags", 1, "enabled"], false)).toBe(
      '{ "flags": [\n    { "key": "a",   "enabled": true },\n    { "key":"b", "enabled" : false }\n] }\n',
    );
  });

  it("puts a new item beside its neighbours, in their indentation", () => {
    const text = '{\n\t"flags": [\n\t\t{ "key": "a" }\n\t]\n}\n';
    expect(setInJsonText(text, ["flags", 1], { key: "b" })).toBe(
      '{\n\t"flags": [\n\t\t{ "key": "a" },\n\t\t{ "key": "b" }\n\t]\n}\n',
    );
    expect(setInJsonText('{"a": [1]}', ["a", 1], 2)).toBe('{"a": [1, 2]}');
  });

  it("edits the last of two properties with one name, which is the one that counts", () => {
    expect(setInJsonText('{"a": 1, "a": 2}', ["a"], 3)).toBe('{"a": 1, "a": 3}');
  });

  it("throws when the way leads nowhere", () => {
    expect(() => setInJsonText('{"a": 1}', ["b", "c"], 1)).toThrow(RangeError);
    expect(() => setInJsonText("[1]", [5], 1)).toThrow(RangeError);
    expect(() => setInJsonText("1", ["a"], 1)).toThrow(RangeError);
  });
});

describe("removeFromJsonText()", () => {
  it("removes what stands at the place, and nothing else", () => {
    const filled = holders.filter((holder) => Object.keys(holder).length > 0);
    fc.assert(
      fc.property(filled, indents, fc.nat(), (holder, indent, pick) => {
        const keys = Object.keys(holder);
        const key = keys[pick % keys.length]!;
        const step = Array.isArray(holder) ? Number(key) : key;
        const left = Array.isArray(holder)
          ? holder.filter((_, index) => index !== step)
          : Object.fromEntries(Object.entries(holder).filter(([name]) => name !== key));
        const text = removeFromJsonText(JSON.stringify(holder, null, indent), [step]);
        expect(JSON.parse(text)).toStrictEqual(left);
      }),
      { numRuns: runs(500) },
    );
  }, PROPERTY_TIMEOUT);

  it("throws when there is nothing", () => {
    expect(() => removeFromJsonText("{}", ["a"])).toThrow(RangeError);
    expect(() => removeFromJsonText("{}", [])).toThrow(RangeError);
  });
});
