import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSnapshot } from "../../../../src/contract/snapshot.ts";
import { findUpdates } from "../../../../src/server/relay/relayed-flags.ts";
import { FlagSet } from "../../../../src/store/flag-set.ts";
import { arbitrarySnapshot } from "../../../support/arbitrary-snapshot.ts";
import { wireFlag, wireSegment, wireSnapshot } from "../../../support/wire.ts";
import type { WireFlag, WireSegment } from "../../../support/wire.ts";

describe("a relayed snapshot", () => {
  it("means to a client what the service's own means (contract §2.1)", () => {
    const ignore = (): void => {};
    fc.assert(fc.property(arbitrarySnapshot, (wire) => {
      const snapshot = decodeSnapshot(wire, ignore);
      expect(decodeSnapshot(JSON.parse(JSON.stringify(snapshot)), ignore)).toEqual(snapshot);
    }));
  });
});

const setOf = (
  flags: readonly WireFlag[],
  segments: readonly WireSegment[] = [],
  environment = "env",
): FlagSet =>
  FlagSet.of(decodeSnapshot({ ...wireSnapshot(flags, segments), environment }, () => {}), () => {});

describe("findUpdates()", () => {
  it("returns each change of a flag or segment as a whole, and a deletion by its key (contract §4, §9)", () => {
    const before = setOf([wireFlag("same"), wireFlag("changed"), wireFlag("gone", { version: 4 })], [
      wireSegment("same"),
      wireSegment("changed"),
      wireSegment("gone", { version: 3 }),
    ]);
    const after = setOf([wireFlag("same"), wireFlag("changed", { enabled: false }), wireFlag("new")], [
      wireSegment("same"),
      wireSegment("changed", { conditionLogic: "Or" }),
    ]);
    expect(findUpdates(before, after, 5)).toMatchObject([
      { event: "flag.updated", data: { key: "changed", enabled: false, variations: [{}, {}] } },
      { event: "flag.created", data: { key: "new" } },
      { event: "flag.deleted", data: { key: "gone", version: 5 } },
      { event: "segment.updated", data: { key: "changed", conditionLogic: "Or" } },
      { event: "segment.updated", data: { key: "gone", version: 5 } },
    ]);
    const deletion = { event: "flag.deleted", data: { key: "gone", version: 9 } };
    expect(findUpdates(before, after, 9), "the snapshot's version").toContainEqual(deletion);
    expect(findUpdates(after, after, 5)).toEqual([]);
  });

  it("asks for a snapshot when only that can tell the change", () => {
    const before = setOf([wireFlag("a", { version: 2 })], [wireSegment("s", { version: 2 })]);
    expect(findUpdates(before, setOf([wireFlag("a", { version: 1 })], before.segments), 5)).toBe(null);
    expect(findUpdates(before, setOf([wireFlag("a", { version: 2 })], [wireSegment("s")]), 5)).toBe(null);
    expect(findUpdates(before, setOf([wireFlag("a", { version: 2 })], before.segments, "other"), 5)).toBe(
      null,
    );
    const many = Array.from({ length: 101 }, (_, index) => wireFlag(`flag-${index}`));
    expect(findUpdates(setOf([]), setOf(many), 5)).toBe(null);
    expect(findUpdates(setOf([]), setOf(many.slice(1)), 5)).toHaveLength(100);
  });
});
