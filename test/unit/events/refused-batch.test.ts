import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RefusedBatch } from "../../../src/events/refused-batch.ts";
import { createEvaluation } from "../../../src/events/serialize.ts";
import type { WaitingEvent } from "../../../src/events/serialize.ts";

function eventsOf(count: number): WaitingEvent[] {
  return Array.from({ length: count }, (_, number) => ({
    ...createEvaluation(String(number), undefined, "on", undefined, 0),
    number,
  }));
}

/** Searches a batch whose events with these numbers are refused. */
function search(batch: RefusedBatch, guilty: readonly number[]) {
  const accepted: number[] = [];
  const rejected: number[] = [];
  let requests = 0;
  while (!batch.isDone) {
    const events = batch.next();
    requests++;
    const isAccepted = !events.some(({ number }) => guilty.includes(number));
    const numbers = batch.answered(isAccepted).map(({ number }) => number);
    if (isAccepted) expect(numbers).toEqual(events.map(({ number }) => number));
    (isAccepted ? accepted : rejected).push(...numbers);
  }
  return { accepted, rejected, requests };
}

describe("RefusedBatch", () => {
  it("finds exactly the guilty events and accepts all others, in order", () => {
    fc.assert(fc.property(
      fc.integer({ min: 2, max: 200 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      fc.boolean(),
      (count, picks, isSuspect) => {
        const guilty = [...new Set(picks.map((pick) => pick % count))].sort((a, b) => a - b);
        const batch = new RefusedBatch(eventsOf(count), isSuspect);
        const found = search(batch, guilty);
        expect(found.rejected).toEqual(guilty);
        expect(found.accepted).toEqual(
          eventsOf(count).map(({ number }) => number).filter((n) => !guilty.includes(n)),
        );
        // A suspect without a guilty event is accepted at once.
        expect(batch.wasTooLarge).toBe(guilty.length === 0 && !isSuspect);
        expect(batch.size).toBe(count);
      },
    ));
  });

  it("needs one request for each halving to find one event of 1,024", () => {
    expect(search(new RefusedBatch(eventsOf(1_024), false), [1_023]).requests).toBe(11);
    expect(search(new RefusedBatch(eventsOf(1_024), false), [0]).requests).toBe(20);
  });

  it("offers the same events again until they are answered: a request may fail", () => {
    const batch = new RefusedBatch(eventsOf(4), false);
    expect(batch.next()).toBe(batch.next());
    expect(batch.oldest.number).toBe(0);
    batch.answered(true);
    expect(batch.oldest.number).toBe(2);
    expect(search(batch, [])).toMatchObject({ accepted: [2, 3] });
  });

  it("was too large if all parts of a suspect are accepted, which was refused by itself meanwhile (contract §5)", () => {
    const batch = new RefusedBatch(eventsOf(4), true);
    batch.answered(false);
    expect(search(batch, [])).toMatchObject({ accepted: [0, 1, 2, 3], requests: 3 });
    expect(batch.wasTooLarge).toBe(true);
  });

  it("sends a batch whole that was refused with those of others", () => {
    expect(new RefusedBatch(eventsOf(4), true).next()).toHaveLength(4);
    expect(new RefusedBatch(eventsOf(4), false).next()).toHaveLength(2);
  });

  it("is a suspect until it is answered by itself, if it was refused with those of others", () => {
    expect(new RefusedBatch(eventsOf(4), false).isSuspect).toBe(false);
    const batch = new RefusedBatch(eventsOf(4), true);
    batch.next();
    expect(batch.isSuspect).toBe(true);
    batch.answered(false);
    batch.next();
    expect(batch.isSuspect).toBe(false);
  });

  it("filter() removes events but those that are next, and ends the search without a conclusion", () => {
    const batch = new RefusedBatch(eventsOf(8), false);
    batch.next();
    batch.filter(({ number }) => number % 2 === 1);
    expect(search(batch, [5])).toMatchObject({ accepted: [0, 1, 2, 3, 7], rejected: [5] });
  });

  it("filter() makes the rest of a halved part unknown: it is sent whole when the first half was accepted", () => {
    const batch = new RefusedBatch(eventsOf(8), false);
    batch.next();
    batch.filter(({ number }) => number !== 7);
    batch.answered(true);
    expect(batch.next().map(({ number }) => number)).toEqual([4, 5, 6]);
  });

  it("filter() makes no batch too large: events that were refused may be gone", () => {
    const batch = new RefusedBatch(eventsOf(8), false);
    batch.next();
    batch.filter(({ number }) => number !== 7);
    expect(search(batch, [])).toMatchObject({ accepted: [0, 1, 2, 3, 4, 5, 6] });
    expect(batch.wasTooLarge).toBe(false);
  });
});
