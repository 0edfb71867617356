import { describe, expect, it } from "vitest";
import type { Flag } from "../../../src/contract/flag.ts";
import type { Segment } from "../../../src/contract/snapshot.ts";
import { PendingChanges } from "../../../src/data-source/pending-changes.ts";

const at = (version: number): Flag => ({ key: "a", version }) as Flag;

describe("PendingChanges (contract §4)", () => {
  it("is empty until something is announced, and again after a sync", () => {
    const pending = new PendingChanges();
    expect(pending.isEmpty).toBe(true);
    pending.addFlag("a", 1);
    expect([pending.isEmpty, pending.includesAll, pending.keys]).toEqual([false, false, ["a"]]);
    pending.addAll();
    expect(pending.includesAll).toBe(true);
    pending.clear();
    expect([pending.isEmpty, pending.includesAll, pending.keys]).toEqual([true, false, []]);
  });

  it("settles a snapshot only for what was announced before its fetch began", () => {
    const pending = new PendingChanges();
    pending.addAll();
    const began = pending.tick();
    pending.addAll();
    pending.settleAll(began);
    expect(pending.includesAll, "announced during the fetch").toBe(true);
    pending.settleAll(pending.tick());
    expect(pending.includesAll).toBe(false);
  });

  it("settles a flag only for what was announced before its fetch began", () => {
    const pending = new PendingChanges();
    pending.addFlag("a", 1);
    const began = pending.tick();
    pending.addFlag("a", 2);
    expect(pending.settleFlag("a", began, at(1), false)).toBe(true);
    expect(pending.keys, "announced during the fetch").toEqual(["a"]);
    expect(pending.settleFlag("a", pending.tick(), at(2), false)).toBe(true);
    expect(pending.isEmpty).toBe(true);
  });

  it("keeps the highest version that was announced, and asks for older answers again", () => {
    const pending = new PendingChanges();
    pending.addFlag("a", 7);
    pending.addFlag("a", 3);
    const began = pending.tick();
    expect(pending.settleFlag("a", began, at(6), false)).toBe(false);
    expect(pending.keys).toEqual(["a"]);
    expect(pending.settleFlag("a", began, at(7), false)).toBe(true);
    expect(pending.isEmpty).toBe(true);
  });

  it("accepts an older answer when it is the last word, and a flag that does not exist", () => {
    const pending = new PendingChanges();
    pending.addFlag("a", 7);
    expect(pending.settleFlag("a", pending.tick(), at(6), true)).toBe(true);
    pending.addFlag("a", 7);
    expect(pending.settleFlag("a", pending.tick(), undefined, false)).toBe(true);
    expect(pending.isEmpty).toBe(true);
  });

  it("forgets a flag that the stream has sent", () => {
    const pending = new PendingChanges();
    pending.addFlag("a", 1);
    pending.addFlag("b", 1);
    pending.deleteFlag("a");
    expect(pending.keys).toEqual(["b"]);
    expect(pending.settleFlag("a", pending.tick(), at(0), false)).toBe(true);
  });

  it("needs a snapshot for a segment, until one brings the announced version", () => {
    const pending = new PendingChanges();
    const segment = (version: number): Segment => ({ key: "s", version }) as Segment;
    pending.addSegment("s", 7);
    expect([pending.isEmpty, pending.includesAll]).toEqual([false, true]);
    const began = pending.tick();
    expect(pending.settleSegments(began, [segment(6)], false)).toBe(false);
    expect(pending.settleSegments(began, [], false), "missing: older than its announcement").toBe(false);
    expect(pending.includesAll).toBe(true);
    pending.addSegment("s", 8);
    expect(pending.settleSegments(began, [segment(6)], false), "announced during the fetch").toBe(true);
    expect(pending.includesAll).toBe(true);
    expect(pending.settleSegments(pending.tick(), [segment(8)], false)).toBe(true);
    expect(pending.isEmpty).toBe(true);
  });

  it("accepts an older segment when it is the last word, and forgets one that the stream has sent", () => {
    const pending = new PendingChanges();
    pending.addSegment("s", 7);
    expect(pending.settleSegments(pending.tick(), [], true)).toBe(true);
    expect(pending.isEmpty).toBe(true);
    pending.addSegment("s", 7);
    pending.deleteSegment("s");
    expect(pending.isEmpty).toBe(true);
    pending.addSegment("s", 7);
    pending.clear();
    expect(pending.isEmpty).toBe(true);
  });
});
