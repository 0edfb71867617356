import { describe, expect, it } from "vitest";
import { RequestDelivery } from "../../../src/events/request-delivery.ts";
import { settle } from "../../support/manual-scheduler.ts";
import { createParts } from "./delivery-fixture.ts";

function createFixture() {
  const parts = createParts();
  const promised: Promise<unknown>[] = [];
  const waitUntil = (work: Promise<unknown>): void => void promised.push(work);
  const delivery = new RequestDelivery(parts.queue, parts.sender, {
    scheduler: parts.scheduler,
    waitUntil: () => waitUntil,
  });
  return { ...parts, delivery, promised };
}

describe("RequestDelivery (contract §6.1)", () => {
  it("sets no timer without a waitUntil", () => {
    const parts = createParts();
    const delivery = new RequestDelivery(parts.queue, parts.sender, { scheduler: parts.scheduler });
    parts.add(500);
    delivery.added(parts.scheduler.now());
    expect(parts.scheduler.armed).toBe(0);
  });

  it("a lease lasts 1 s unless a timer shows that its request lives on, then as long as the request may take", async () => {
    for (const [lives, until] of [[false, 1_000], [true, 6_000]] as const) {
      const { scheduler, api, delivery, add } = createFixture();
      const { after } = scheduler;
      if (!lives) scheduler.after = () => () => {};
      api.answer = () => "hang";
      api.postEvents = () => new Promise(() => {});
      add(10);
      void delivery.flush(60_000);
      await settle();
      scheduler.after = after;
      await scheduler.advance(0);
      Reflect.deleteProperty(api, "postEvents");
      api.answer = () => "accept";
      let flushed = false;
      void delivery.flush(60_000).then(() => flushed = true);
      await scheduler.advance(until - 1);
      expect(flushed).toBe(false);
      await scheduler.advance(200);
      expect(flushed).toBe(true);
    }
  });

  it("an answer that comes after the lease was taken over does not renew it", async () => {
    const { scheduler, api, delivery, add } = createFixture();
    let answerLate = (): void => {};
    api.postEvents = () => new Promise((resolve) => answerLate = resolve);
    add(1);
    void delivery.flush(60_000);
    await scheduler.advance(7_000);
    Reflect.deleteProperty(api, "postEvents");
    void delivery.flush(1_000);
    await settle();
    expect(api.receivedKeys).toEqual(["0"]);
    add(2);
    answerLate();
    await settle();
    void delivery.flush(1_000);
    await settle();
    expect(api.receivedKeys).toEqual(["0", "1", "2"]);
  });

  it("one request waits behind its response for events, and sends those of all", async () => {
    const { scheduler, api, delivery, add, promised } = createFixture();
    for (let request = 0; request < 5; request++) {
      add(2);
      delivery.added(scheduler.now());
      await scheduler.advance(1_000);
    }
    expect(promised).toHaveLength(1);
    await scheduler.advance(20_000);
    expect(api.receivedKeys).toHaveLength(10);
  });

  it("a request that was late to show that it lives on leaves the wait to the one that has", async () => {
    const { scheduler, delivery, add, promised } = createFixture();
    const settled: number[] = [];
    add(1);
    for (let request = 0; request < 2; request++) {
      delivery.added(scheduler.now());
      void promised[request]!.then(() => settled.push(request));
      scheduler.jump(2); // the timer of the first has not fired
    }
    await scheduler.advance(10);
    expect(settled).toEqual([1]);
    await scheduler.advance(20_000);
    expect(settled).toEqual([1, 0]);
  });

  it("another request waits when the clock was set back: the first may be gone (contract §6.2)", async () => {
    const { scheduler, delivery, add, promised } = createFixture();
    add(1);
    delivery.added(scheduler.now());
    await scheduler.advance(10);
    scheduler.jump(-3_600_000);
    add(1);
    delivery.added(scheduler.now());
    expect(promised).toHaveLength(2);
  });

  it("tries a failed delivery again within the same request, once", async () => {
    const { scheduler, api, delivery, add, promised } = createFixture();
    api.answer = () => ({ status: 503 });
    add(1);
    delivery.added(scheduler.now());
    await scheduler.advance(20_500);
    expect(api.requests).toHaveLength(1);
    api.answer = () => "accept";
    await scheduler.advance(2_000);
    expect(api.receivedKeys).toHaveLength(1);
    await Promise.all(promised);

    api.answer = () => ({ status: 503 });
    add(1);
    delivery.added(scheduler.now());
    await scheduler.advance(60_000);
    expect(api.requests).toHaveLength(4);
    await Promise.all(promised);
  });

  it("tries again what was due when the request came, such as a full batch", async () => {
    const { scheduler, api, delivery, add } = createFixture();
    api.answer = () => ({ status: 503 });
    add(100);
    delivery.added(scheduler.now());
    await scheduler.advance(100);
    api.answer = () => "accept";
    await scheduler.advance(2_000);
    expect(api.receivedKeys).toHaveLength(100);
  });

  it("does not try again before the service's own pause is over, nor with a rejected key", async () => {
    for (const answer of [{ status: 503, retryAfter: 10_000 }, { status: 401, keyRejected: true }]) {
      const { scheduler, api, delivery, add } = createFixture();
      api.answer = () => answer;
      add(1);
      delivery.added(scheduler.now());
      await scheduler.advance(25_000);
      expect([answer, api.requests.length]).toEqual([answer, 1]);
    }
  });

  it("a host that refuses the promise costs nothing: the events wait", async () => {
    const { scheduler, api, queue, sender, add } = createParts();
    const delivery = new RequestDelivery(queue, sender, {
      scheduler,
      waitUntil: () => () => {
        throw new TypeError("Illegal invocation");
      },
    });
    add(1);
    delivery.added(scheduler.now());
    await delivery.flush(1_000);
    expect(api.received).toHaveLength(1);
  });
});
