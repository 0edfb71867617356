import { describe, expect, it } from "vitest";
import { serializeMetadata } from "../../../src/events/serialize.ts";

const NONE: ReadonlySet<string> = new Set();

describe("serializeMetadata()", () => {
  const throwing = {
    get secret(): string {
      throw new Error("no");
    },
  };
  const cycle: Record<string, unknown> = {};
  cycle.self = [cycle];
  const endless = { toJSON: (): string => JSON.stringify(endless) };

  it.each<[string, unknown]>([
    ["a cycle", cycle],
    ["a BigInt", { n: 1n }],
    ["a getter that throws", throwing],
    ["a toJSON() that throws", { toJSON: () => throwing.secret }],
    ["what overflows the stack", endless],
  ])("serializeMetadata() refuses %s and does not throw (contract §5)", (_name, value) => {
    expect(serializeMetadata(value, NONE)).toEqual({ problem: "it cannot be serialized" });
    expect(serializeMetadata(value, new Set(["x"]))).toEqual({ problem: "it cannot be serialized" });
  });

  it.each<[string, unknown]>([
    ["a text", "text"],
    ["a number", 1],
    ["false", false],
    ["an array", [{ a: 1 }]],
    ["a date", new Date(0)],
    ["a function", () => ({})],
    ["a symbol", Symbol("s")],
    ["what says it is nothing", { toJSON: () => undefined }],
  ])("serializeMetadata() refuses %s: the wire has objects only (contract §5)", (_name, value) => {
    expect(serializeMetadata(value, NONE)).toEqual({ problem: "it is not an object" });
  });

  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["{}", {}],
    ["only undefined values and functions", { a: undefined, b: () => 1, [Symbol("s")]: 1 }],
    ["a Map", new Map([["a", 1]])],
  ])("serializeMetadata() has nothing to carry for %s (contract §5)", (_name, value) => {
    expect(serializeMetadata(value, NONE)).toEqual({});
  });

  it("serializeMetadata() writes well-formed JSON even for half a character", () => {
    expect(serializeMetadata({ text: "\ud83c", nan: Number.NaN, when: new Date(0) }, NONE).json).toBe(
      '{"text":"\\ud83c","nan":null,"when":"1970-01-01T00:00:00.000Z"}',
    );
  });

  it("serializeMetadata() measures 16 KiB in bytes, not in characters (contract §5)", () => {
    const frame = '{"t":""}'.length;
    const fits = "x".repeat(16_384 - frame);
    expect(serializeMetadata({ t: fits }, NONE).json).toHaveLength(16_384);
    expect(serializeMetadata({ t: fits + "x" }, NONE)).toEqual({ problem: "it is longer than 16 KiB" });
    const euros = "€".repeat((16_384 - frame) / 3);
    expect(serializeMetadata({ t: euros }, NONE).json).toHaveLength(frame + euros.length);
    expect(serializeMetadata({ t: euros + "€" }, NONE)).toEqual({ problem: "it is longer than 16 KiB" });
  });

  it("serializeMetadata() omits top-level names, from what a toJSON() makes up too (contract §7)", () => {
    const omitted = new Set(["email", "__proto__"]);
    const own = JSON.parse('{"email":1,"__proto__":2,"kept":{"email":3}}');
    expect(serializeMetadata(own, omitted).json).toBe('{"kept":{"email":3}}');
    expect(serializeMetadata({ toJSON: () => own }, omitted).json).toBe('{"kept":{"email":3}}');
    expect(serializeMetadata({ email: 1 }, omitted)).toEqual({});
    expect(serializeMetadata({ kept: 1 }, new Set(["*"]))).toEqual({});
  });

  it("serializeMetadata() omits names of the metadata, not of an equal object within (contract §7)", () => {
    const twin = { email: 1, list: [{ email: 2 }] };
    expect(serializeMetadata({ ...twin, twin }, new Set(["email"])).json).toBe(
      '{"list":[{"email":2}],"twin":{"email":1,"list":[{"email":2}]}}',
    );
  });
});
