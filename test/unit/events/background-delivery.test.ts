import { describe, expect, it } from "vitest";
import { BackgroundDelivery } from "../../../src/events/background-delivery.ts";
import { createParts } from "./delivery-fixture.ts";

function createFixture() {
  const parts = createParts();
  const delivery = new BackgroundDelivery(parts.queue, parts.sender, { scheduler: parts.scheduler });
  const record = (count: number): void => {
    for (let index = 0; index < count; index++) {
      parts.add(1);
      delivery.added(parts.scheduler.now());
    }
  };
  return { ...parts, delivery, record };
}

describe("BackgroundDelivery", () => {
  it("has one timer, which lets the process end, only while events wait (contract §6)", async () => {
    const { scheduler, api, record } = createFixture();
    expect(scheduler.armed).toBe(0);
    record(250);
    expect([scheduler.armed, scheduler.keepingAlive]).toEqual([1, 0]);
    await scheduler.advance(60_000);
    expect([api.received.length, scheduler.armed]).toEqual([250, 0]);
  });

  it("sends sooner when a queue is half full: after 250 ms (contract §5)", async () => {
    const { scheduler, api, record } = createFixture();
    record(100);
    await scheduler.advance(0);
    record(4_999);
    await scheduler.advance(249);
    expect(api.requests).toHaveLength(1);
    record(1);
    await scheduler.advance(1);
    expect(api.requests).toHaveLength(2);
  });

  it("added() sets the timer for events that came together", async () => {
    const { scheduler, api, delivery, add } = createFixture();
    add(300);
    delivery.added(scheduler.now(), true);
    await scheduler.advance(0);
    expect(api.requests).toHaveLength(1);
  });

  it.each([[300, [100, 50, 25, 13, 100, 7]], [1_000, [100, 100, 50, 25, 13, 7]]] as const)(
    "a batch that becomes full during a search is sent a second after the one before it: answers after %i ms (contract §5)",
    async (latency, sizes) => {
      const { scheduler, api, record } = createFixture();
      api.answer = (events) => events.some(({ flagKey }) => flagKey === "0") ? { status: 400 } : "accept";
      api.latency = latency;
      record(100);
      await scheduler.advance(latency / 2);
      record(100);
      await scheduler.advance(60_000);
      expect(api.requests.map((events) => events.length).slice(0, 6)).toEqual(sizes);
      expect(api.received).toHaveLength(199);
    },
  );

  it("a search takes turns with batches that are always due, and holds up none (contract §5)", async () => {
    const { scheduler, api, record } = createFixture();
    api.answer = (events) => events.some(({ flagKey }) => flagKey === "0") ? { status: 400 } : "accept";
    api.latency = 1_200;
    for (let count = 0; count < 30; count++) {
      record(100);
      await scheduler.advance(1_200);
    }
    const innocent = new Set(Array.from({ length: 99 }, (_, index) => String(index + 1)));
    expect(api.receivedKeys.filter((key) => innocent.has(key))).toHaveLength(99);
    const searches = api.requests.map(({ length }) => length < 100);
    expect(searches.some((isSearch, index) => isSearch && searches[index + 1]!)).toBe(false);
  });

  it("a search after an interval holds up no batch that becomes full meanwhile (contract §5)", async () => {
    const { scheduler, api, record } = createFixture();
    api.answer = (events) => events.some(({ flagKey }) => flagKey === "0") ? { status: 400 } : "accept";
    api.latency = 1_000;
    record(10);
    await scheduler.advance(31_500);
    record(100);
    await scheduler.advance(10_000);
    expect(api.requests.map(({ length }) => length).slice(0, 4)).toEqual([10, 5, 100, 3]);
  });

  it("close() leaves no timer also when the limit of requests allows no attempt (contract §6)", async () => {
    const { scheduler, api, delivery, record } = createFixture();
    for (let count = 0; count < 20; count++) {
      record(1);
      await delivery.flush(1_000);
    }
    record(1);
    expect(scheduler.armed).toBe(1);
    expect([await delivery.close(100), scheduler.armed, api.requests.length]).toEqual([1, 0, 20]);
  });

  it("callers share a running sender, and close() ends their waits", async () => {
    const { scheduler, api, delivery, record } = createFixture();
    api.latency = 1_000;
    record(10);
    const settled: string[] = [];
    void delivery.flush(10_000).then(() => settled.push("first"));
    void delivery.flush(500).then(() => settled.push("second"));
    await scheduler.advance(500);
    expect(settled).toEqual(["second"]);
    const closed = delivery.close(100);
    await scheduler.advance(100);
    expect([await closed, settled, scheduler.armed > 1]).toEqual([10, ["second", "first"], false]);
    expect([delivery.isClosing, api.requests.length]).toEqual([true, 1]);
  });
});
