import { describe, expect, it } from "vitest";
import type { Flag } from "../../../src/contract/flag.ts";
import type { Segment } from "../../../src/contract/snapshot.ts";
import { FetchRound } from "../../../src/data-source/fetch-round.ts";

const at = (version: number): Flag => ({ key: "a", version }) as Flag;

describe("FetchRound.reconcile() (contract §4, order)", () => {
  it("takes what was fetched where the stream sent nothing", () => {
    const fetched = at(1);
    const round = new FetchRound(1, 0);
    expect(round.reconcile("a", fetched)).toBe(fetched);
    expect(round.reconcile("a", undefined)).toBeUndefined();
    expect([round.hasArrived("a"), round.arrivedKeys]).toEqual([false, []]);
  });

  it.each([
    ["older than", 1, 2, "stream"],
    ["as old as", 2, 2, "stream"],
    ["newer than", 3, 2, "fetch"],
  ])("decides for a fetched flag that is %s the stream's", (_, fetchedVersion, sentVersion, expected) => {
    const round = new FetchRound(1, 0);
    const [fetched, sent] = [at(fetchedVersion), at(sentVersion)];
    round.arrive("a", sent);
    expect(round.reconcile("a", fetched)).toBe(expected === "fetch" ? fetched : sent);
    expect(round.reconcile("a", undefined)).toBe(sent);
    expect([round.hasArrived("a"), round.arrivedKeys]).toEqual([true, ["a"]]);
  });

  it("never brings back a flag that was deleted meanwhile", () => {
    const round = new FetchRound(1, 0);
    round.arrive("a", at(2));
    round.arrive("a", null);
    expect(round.reconcile("a", at(9))).toBeUndefined();
    expect(round.hasArrived("a")).toBe(true);
  });
});

describe("FetchRound.reconcileSegments() (contract §4, order)", () => {
  const segment = (key: string, version: number): Segment => ({ key, version }) as Segment;

  it("takes the stream's segment unless the fetched one is newer", () => {
    const round = new FetchRound(1, 0);
    const fetched = [segment("a", 2), segment("b", 3), segment("c", 1)];
    expect(round.reconcileSegments(fetched)).toBe(fetched);
    expect(round.hasArrivals).toBe(false);
    const sent = [segment("a", 2), segment("b", 2), segment("new", 1)];
    for (const one of sent) round.arriveSegment(one);
    expect(round.hasArrivals).toBe(true);
    expect(round.reconcileSegments(fetched)).toEqual([sent[0], fetched[1], fetched[2], sent[2]]);
    expect(round.reconcileSegments(fetched)[0]).toBe(sent[0]);
  });
});
