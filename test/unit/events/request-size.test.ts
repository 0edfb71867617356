import { describe, expect, it } from "vitest";
import { RequestSize } from "../../../src/events/request-size.ts";

/** Sends while a backlog of `ready` stays; returns the sizes. */
function deliver(size: RequestSize, ready: number, requests: number, now = 0): number[] {
  return Array.from({ length: requests }, () => {
    const count = size.next(ready, false, now);
    size.delivered(count, ready);
    return count;
  });
}

describe("RequestSize", () => {
  it("is the batch size without a backlog, and ten times as much with one (contract §5)", () => {
    const size = new RequestSize(100);
    expect([size.next(100, false, 0), size.next(999, false, 0)]).toEqual([100, 100]);
    expect(size.next(1_000, false, 0)).toBe(1_000);
    expect(new RequestSize(100).next(100, true, 0)).toBe(1_000);
  });

  it("doubles while requests of that size succeed and the backlog stays, up to 10,000 (contract §5)", () => {
    expect(deliver(new RequestSize(100), 50_000, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it("does not double when the backlog is gone or the request was not full", () => {
    const size = new RequestSize(100);
    size.next(1_000, false, 0);
    size.delivered(1_000, 999);
    expect(size.next(1_000, false, 0)).toBe(1_000);
    size.delivered(999, 5_000);
    expect(size.next(1_000, false, 0)).toBe(1_000);
  });

  it("stays grown until less than a batch waits, and then shrinks by half with each request", () => {
    const size = new RequestSize(100);
    deliver(size, 50_000, 3);
    expect(size.next(100, false, 0)).toBe(8_000);
    expect(size.next(99, false, 0)).toBe(100);
    expect(size.next(1_000, false, 0)).toBe(4_000);
  });

  it("takes a large batch size as it is, and half a queue for its backlog", () => {
    const size = new RequestSize(1_000);
    expect([size.next(4_999, false, 0), size.next(5_000, false, 0)]).toEqual([1_000, 10_000]);
    expect(new RequestSize(1_000_000).batch).toBe(10_000);
  });

  it("refused() halves it for 10 minutes (contract §5)", () => {
    const size = new RequestSize(100);
    deliver(size, 50_000, 2);
    size.refused(4_000, 0);
    expect(deliver(size, 50_000, 3, 599_999)).toEqual([2_000, 2_000, 2_000]);
    expect(size.next(50_000, false, 600_000)).toBe(4_000);
  });

  it("timedOut() halves a size that was never delivered, for 10 minutes (contract §5)", () => {
    const size = new RequestSize(100);
    size.next(1_000, false, 0);
    size.timedOut(1_000, false, 0);
    expect(size.next(1_000, true, 0)).toBe(500);
    size.timedOut(500, false, 0);
    expect(size.next(1_000, true, 0)).toBe(250);
    size.delivered(250, 50_000);
    expect(deliver(size, 50_000, 2, 599_999)).toEqual([250, 250]);
    expect(size.next(50_000, false, 600_000)).toBe(1_000);
  });

  it("timedOut() does not go below the batch size while bodies are small", () => {
    const size = new RequestSize(100);
    for (let count = 0; count < 9; count++) size.timedOut(size.next(1_000, true, 0), false, 0);
    expect(size.next(1_000, true, 0)).toBe(125);
  });

  it("timedOut() halves large bodies below the batch size, and finds what a slow network takes (contract §5)", () => {
    const size = new RequestSize(100);
    /** Sends what waits, as if 20 events fitted; returns the sizes. */
    const send = (waiting: number, requests: number, now = 0): number[] => {
      let hasFailed = false;
      return Array.from({ length: requests }, () => {
        const count = Math.min(waiting, size.next(waiting, hasFailed, now));
        hasFailed = count > 20;
        if (hasFailed) size.timedOut(count, true, now);
        else size.delivered(count, waiting);
        return count;
      });
    };
    expect(send(100, 7)).toEqual([100, 50, 25, 13, 26, 13, 13]);
    expect(send(100, 2, 599_999)).toEqual([13, 13]);
    expect(send(2_000, 9, 600_000)).toEqual([1_000, 500, 250, 125, 63, 32, 16, 32, 16]);
    expect(send(2_000, 2, 1_199_999)).toEqual([16, 16]);
  });

  it.each([[1, 50], [2, 25], [3, 13], [4, 7]])(
    "after an outage of %i large requests below the batch size a request carries %i, and soon as many as ever",
    (failures, first) => {
      const size = new RequestSize(100);
      size.delivered(50, 0); // half as many
      for (let count = 0; count < failures; count++) {
        size.timedOut(Math.min(100, size.next(100, true, 0)), true, 0);
      }
      const sizes = deliver(size, 5_000, failures + 2);
      expect([sizes[0], sizes.at(-1)]).toEqual([first, 1_000]);
      for (const [index, count] of sizes.slice(1, -1).entries()) expect(count).toBe(2 * sizes[index]!);
    },
  );

  it("an outage limits nothing after it: its sizes had been delivered before", () => {
    const size = new RequestSize(100);
    deliver(size, 50_000, 4);
    for (let count = 0; count < 3; count++) size.timedOut(size.next(10_000, true, 0), false, 0);
    expect(size.next(10_000, true, 0)).toBe(1_250);
    size.delivered(1_250, 10_000);
    expect(size.next(10_000, false, 0)).toBe(10_000);
  });

  it("a size that times out again after it worked is halved for 10 minutes", () => {
    const size = new RequestSize(100);
    deliver(size, 50_000, 2);
    size.timedOut(2_000, false, 0);
    size.delivered(size.next(50_000, true, 0), 50_000);
    size.timedOut(2_000, false, 0);
    expect(deliver(size, 50_000, 2)).toEqual([1_000, 1_000]);
  });

  it("a long outage at the start limits nothing after it", () => {
    const size = new RequestSize(100);
    for (let count = 0; count < 4; count++) size.timedOut(size.next(10_000, true, 0), false, 0);
    size.delivered(size.next(10_000, true, 0), 10_000);
    expect(size.next(10_000, false, 0)).toBe(1_000);
  });

  it("a size that was remembered before a long outage grows again with each success after it", () => {
    const size = new RequestSize(100);
    size.refused(50, 0);
    for (let count = 0; count < 4; count++) size.timedOut(25, false, 0);
    expect(deliver(size, 5_000, 4)).toEqual([25, 50, 100, 1_000]);
  });

  it("is large for few events too when it is urgent", () => {
    expect(new RequestSize(100).next(5, true, 0)).toBe(1_000);
  });
});
