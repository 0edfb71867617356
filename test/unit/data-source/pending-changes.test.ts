import { describe, expect, it } from "vitest";
import { PendingChanges } from "../../../src/data-source/pending-changes.ts";

describe("PendingChanges (contract §4)", () => {
  it("is empty until something is announced, of whatever kind", () => {
    expect(new PendingChanges().isEmpty).toBe(true);
    for (const kind of ["flags", "segments"] as const) {
      const pending = new PendingChanges();
      pending[kind].set("a", 0);
      expect(pending.isEmpty).toBe(false);
      pending[kind].delete("a");
      expect(pending.isEmpty).toBe(true);
    }
    const pending = new PendingChanges();
    pending.includesAll = true;
    expect(pending.isEmpty).toBe(false);
  });

  it("takes back what a fetch did not settle, beside what was announced since", () => {
    const pending = new PendingChanges();
    pending.flags.set("new", 2);
    pending.segments.set("new", 3);
    const unsettled = new PendingChanges();
    unsettled.flags.set("a", 7);
    unsettled.segments.set("s", 8);
    pending.merge(unsettled);
    expect([...pending.flags]).toEqual([["new", 2], ["a", 7]]);
    expect([...pending.segments]).toEqual([["new", 3], ["s", 8]]);
    expect(pending.includesAll).toBe(false);
  });

  it("includes everything once either side does", () => {
    const all = new PendingChanges();
    all.includesAll = true;
    const pending = new PendingChanges();
    pending.merge(all);
    expect(pending.includesAll).toBe(true);
    pending.merge(new PendingChanges());
    expect(pending.includesAll).toBe(true);
  });
});
