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
    if (events.some(({ number }) => guilty.includes(number))) {
      const event = batch.refused();
      if (event !== undefined) rejected.push(event.number);
    } else {
      accepted.push(...events.map(({ number }) => number));
      batch.accepted();
    }
  }
  return { accepted, rejected, requests };
}

describe("RefusedBatch", () => {
  it("finds exactly the guilty events and accepts all others, in order", () => {
    fc.assert(fc.property(
      fc.integer({ min: 2, max: 200 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      fc.boolean(),
      (count, picks, isRefused) => {
        const guilty = [...new Set(picks.map((pick) => pick % count))].sort((a, b) => a - b);
        const batch = new RefusedBatch(eventsOf(count), isRefused);
        const found = search(batch, guilty);
        expect(found.rejected).toEqual(guilty);
        expect(found.accepted).toEqual(
          eventsOf(count).map(({ number }) => number).filter((n) => !guilty.includes(n)),
        );
        expect(batch.hasRefusedEvent).toBe(guilty.length > 0);
        expect([batch.size, batch.isRefused]).toEqual([count, isRefused]);
      },
    ));
  });

  it("needs one request for each halving to find one event of 1,024", () => {
    expect(search(new RefusedBatch(eventsOf(1_024), true), [1_023]).requests).toBe(11);
    expect(search(new RefusedBatch(eventsOf(1_024), true), [0]).requests).toBe(20);
  });

  it("offers the same events again until they are answered: a request may fail", () => {
    const batch = new RefusedBatch(eventsOf(4), true);
    expect(batch.next()).toBe(batch.next());
    expect(batch.events.map(({ number }) => number)).toEqual([0, 1, 2, 3]);
    batch.accepted();
    expect(batch.events.map(({ number }) => number)).toEqual([2, 3]);
  });

  it("sends a batch whole that was refused with those of others", () => {
    expect(new RefusedBatch(eventsOf(4), false).next()).toHaveLength(4);
    expect(new RefusedBatch(eventsOf(4), true).next()).toHaveLength(2);
  });

  it("is a suspect until it is answered by itself, if it was refused with those of others", () => {
    expect(new RefusedBatch(eventsOf(4), true).isSuspect).toBe(false);
    const batch = new RefusedBatch(eventsOf(4), false);
    batch.next();
    expect(batch.isSuspect).toBe(true);
    batch.refused();
    batch.next();
    expect(batch.isSuspect).toBe(false);
  });

  it("shed() removes events but those that are next, and ends the search without a conclusion", () => {
    const batch = new RefusedBatch(eventsOf(8), true);
    batch.next();
    batch.shed(({ number }) => number % 2 === 0);
    expect(batch.events.map(({ number }) => number)).toEqual([0, 1, 2, 3, 5, 7]);
    expect(search(batch, [5])).toMatchObject({ accepted: [0, 1, 2, 3, 7], rejected: [5] });
    expect(batch.hasRefusedEvent).toBe(true);
  });
});
