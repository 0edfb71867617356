import { describe, expect, it } from "vitest";
import { changedKeys } from "../../../src/store/changed-keys.ts";
import { fixed, flagSetOf, wireFlag, wireSegment, wireSnapshot } from "../../support/wire.ts";
import type { WireFlag, WireSegment } from "../../support/wire.ts";

function changed(
  before: readonly WireFlag[],
  after: readonly WireFlag[],
  segments: readonly (readonly WireSegment[])[] = [[], []],
): string[] {
  const [old = [], now = []] = segments;
  return changedKeys(flagSetOf(wireSnapshot(before, old)), flagSetOf(wireSnapshot(after, now)));
}

const needs = (key: string) => [{ prerequisiteFlagKey: key, expectedVariationKey: "on" }];

describe("changedKeys()", () => {
  it("finds none between equal snapshots, whatever their order", () => {
    const flags = [wireFlag("a"), wireFlag("b", { prerequisites: needs("a") })];
    expect(changed(flags, flags.toReversed())).toEqual([]);
  });

  it("compares configurations, since versions prove nothing (contract §2)", () => {
    const value = (list: unknown) => wireFlag("a", { variations: [{ key: "on", value: { list } }] });
    expect(changed([value([1, 2])], [value([1, 3])])).toEqual(["a"]);
    expect(changed([value([])], [value({})])).toEqual(["a"]);
    expect(changed([value([1])], [value([1, null])])).toEqual(["a"]);
    expect(changed([value({ a: 1 })], [value({ b: 1 })])).toEqual(["a"]);
    expect(changed([value(null)], [value(0)])).toEqual(["a"]);
  });

  it("finds what was created and what was deleted", () => {
    expect(changed([wireFlag("a")], [wireFlag("b")]).toSorted()).toEqual(["a", "b"]);
    expect(changed([], [wireFlag("__proto__")])).toEqual(["__proto__"]);
    expect(changed([wireFlag("constructor")], [])).toEqual(["constructor"]);
  });

  it("finds flags by a segment that changed, came or went", () => {
    const flags = [
      wireFlag("a", { rules: [{ id: "r", segmentKey: "beta", serve: fixed("off") }] }),
      wireFlag("b"),
    ];
    const beta = wireSegment("beta");
    const other = wireSegment("beta", { conditions: [] });
    expect(changed(flags, flags, [[beta], [beta]])).toEqual([]);
    expect(changed(flags, flags, [[beta], [other]])).toEqual(["a"]);
    expect(changed(flags, flags, [[], [beta]])).toEqual(["a"]);
    expect(changed(flags, flags, [[beta], []])).toEqual(["a"]);
    expect(changed(flags, flags, [[beta], [beta, wireSegment("unused")]])).toEqual([]);
  });

  it("finds flags by a prerequisite at any distance, circles included", () => {
    const others = [
      wireFlag("b", { prerequisites: needs("a") }),
      wireFlag("c", { prerequisites: needs("b") }),
      wireFlag("d", { prerequisites: needs("e") }),
      wireFlag("e", { prerequisites: needs("d") }),
    ];
    const off = wireFlag("a", { enabled: false });
    expect(changed([wireFlag("a"), ...others], [off, ...others])).toEqual(["a", "b", "c"]);
    expect(changed(others, [off, ...others]), "it was missing").toEqual(["a", "b", "c"]);
    expect(changed([off, ...others], others), "it is missing").toEqual(["a", "b", "c"]);
    const circle = others.map((flag) => flag.key === "e" ? { ...flag, enabled: false } : flag);
    expect(changed(others, circle).toSorted()).toEqual(["d", "e"]);
  });
});
