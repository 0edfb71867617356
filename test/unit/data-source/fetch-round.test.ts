import { describe, expect, it } from "vitest";
import type { Flag } from "../../../src/contract/flag.ts";
import type { Segment } from "../../../src/contract/snapshot.ts";
import { FetchRound } from "../../../src/data-source/fetch-round.ts";
import { PendingChanges } from "../../../src/data-source/pending-changes.ts";

const flag = (key: string, version: number): Flag => ({ key, version }) as Flag;
const segment = (key: string, version: number): Segment => ({ key, version }) as Segment;

function begin(
  announced: { flags?: Record<string, number>; segments?: Record<string, number> } = {},
  acceptsStale = false,
): FetchRound {
  const pending = new PendingChanges();
  for (const [key, version] of Object.entries(announced.flags ?? {})) pending.flags.set(key, version);
  for (const [key, version] of Object.entries(announced.segments ?? {})) pending.segments.set(key, version);
  return new FetchRound(pending, 0, 0, acceptsStale);
}

describe("FetchRound.settle() (contract §4, order)", () => {
  it("takes what was fetched where the stream sent nothing", () => {
    const round = begin();
    expect(round.settle("a", flag("a", 1))).toBe(true);
    expect(round.hasArrived("a")).toBe(false);
  });

  it.each([
    ["older than", 1, 2, false],
    ["as old as", 2, 2, false],
    ["newer than", 3, 2, true],
  ])("decides for a fetched flag that is %s the stream's", (_, fetchedVersion, sentVersion, expected) => {
    const round = begin();
    round.arrive("a", flag("a", sentVersion));
    expect(round.settle("a", flag("a", fetchedVersion))).toBe(expected);
    expect(round.settle("a", undefined)).toBe(false);
    expect(round.hasArrived("a")).toBe(true);
  });

  it("never brings back a flag that was deleted meanwhile", () => {
    const round = begin();
    round.arrive("a", flag("a", 2));
    round.arrive("a", null);
    expect(round.settle("a", flag("a", 9))).toBe(false);
    expect(round.hasArrived("a")).toBe(true);
  });

  it("settles what was announced in its version or a newer one, and nothing else", () => {
    const round = begin({ flags: { a: 7, b: 7 } });
    round.settle("a", flag("a", 6));
    expect([...round.announced.flags]).toEqual([["a", 7], ["b", 7]]);
    round.settle("a", flag("a", 7));
    expect([...round.announced.flags.keys()]).toEqual(["b"]);
    round.settle("unannounced", flag("unannounced", 1));
    expect(round.announced.isEmpty).toBe(false);
    round.settle("b", flag("b", 8));
    expect(round.announced.isEmpty).toBe(true);
  });

  it("settles by an older answer when it is the last word, and by the absence of a flag", () => {
    const last = begin({ flags: { a: 7 } }, true);
    last.settle("a", flag("a", 6));
    expect(last.announced.isEmpty).toBe(true);
    const missing = begin({ flags: { a: 7 } });
    missing.settle("a", undefined);
    expect(missing.announced.isEmpty).toBe(true);
  });
});

describe("FetchRound.settleFlags() and settleSegments() (contract §4, order)", () => {
  it("takes the stream's flag unless the fetched one is newer, and removes one that was deleted", () => {
    const round = begin();
    const fetched = [flag("a", 2), flag("b", 3), flag("c", 1), flag("gone", 9)];
    expect(round.settleFlags(fetched)).toBe(fetched);
    expect(round.hasArrivals).toBe(false);
    const sent = [flag("a", 2), flag("b", 2), flag("new", 1)];
    for (const one of sent) round.arrive(one.key, one);
    round.arrive("gone", null);
    round.arrive("never there", null);
    expect(round.hasArrivals).toBe(true);
    expect(round.settleFlags(fetched)).toEqual([sent[0], fetched[1], fetched[2], sent[2]]);
    expect(round.settleFlags(fetched)[0]).toBe(sent[0]);
  });

  it("takes the stream's segment unless the fetched one is newer", () => {
    const round = begin();
    const fetched = [segment("a", 2), segment("b", 3), segment("c", 1)];
    expect(round.settleSegments(fetched)).toBe(fetched);
    expect(round.hasArrivals).toBe(false);
    const sent = [segment("a", 2), segment("b", 2), segment("new", 1)];
    for (const one of sent) round.arriveSegment(one);
    expect(round.hasArrivals).toBe(true);
    expect(round.settleSegments(fetched)).toEqual([sent[0], fetched[1], fetched[2], sent[2]]);
    expect(round.settleSegments(fetched)[0]).toBe(sent[0]);
  });

  it("settles each announced flag that a snapshot has in its version, or lacks", () => {
    const round = begin({ flags: { old: 7, same: 7, newer: 7, missing: 7 } });
    const fetched = [flag("old", 6), flag("same", 7), flag("newer", 8), flag("other", 1)];
    expect(round.settleFlags(fetched)).toEqual(fetched);
    expect([...round.announced.flags]).toEqual([["old", 7]]);
  });

  it("settles each announced segment that a snapshot has in its version: one that is missing is older", () => {
    const round = begin({ segments: { old: 7, same: 7, newer: 7, missing: 0 } });
    const fetched = [segment("old", 6), segment("same", 7), segment("newer", 8)];
    expect(round.settleSegments(fetched)).toEqual(fetched);
    expect([...round.announced.segments]).toEqual([["old", 7], ["missing", 0]]);
  });

  it("settles all of them by older answers when these are the last word", () => {
    const round = begin({ flags: { a: 7 }, segments: { s: 7, missing: 7 } }, true);
    round.settleFlags([flag("a", 6)]);
    round.settleSegments([segment("s", 6)]);
    expect(round.announced.isEmpty).toBe(true);
  });
});
