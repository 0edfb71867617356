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

  it("an answer that comes after the lease was taken over does not end the lease of another request", async () => {
    const { scheduler, api, delivery, add } = createFixture();
    const answers: (() => void)[] = [];
    api.postEvents = () => new Promise((resolve) => void answers.push(resolve));
    add(1);
    void delivery.flush(60_000);
    await scheduler.advance(7_000);
    void delivery.flush(60_000);
    await settle();
    expect(answers).toHaveLength(2);
    answers[0]!();
    await settle();
    void delivery.flush(1_000);
    await scheduler.advance(500);
    expect(answers).toHaveLength(2);
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

  it("one request sends all that has waited for the interval, or for the end of a pause (contract §5)", async () => {
    const { scheduler, api, delivery, add, promised } = createFixture();
    add(250);
    await scheduler.advance(30_000);
    delivery.added(scheduler.now());
    await promised[0];
    expect(api.requests.map(({ length }) => length)).toEqual([100, 100, 50]);
    api.answer = () => ({ status: 503, retryAfter: 5_000 });
    add(1_500);
    await scheduler.advance(1_000);
    delivery.added(scheduler.now());
    await promised[1];
    api.answer = () => "accept";
    await scheduler.advance(5_000);
    delivery.added(scheduler.now());
    await promised[2];
    expect(api.receivedKeys).toHaveLength(1_750);
  });

  it("flush() asks no more after its time-out whether another request has sent (contract §5)", async () => {
    const { scheduler, api, delivery, add } = createFixture();
    api.answer = () => "hang";
    add(1);
    void delivery.flush(60_000);
    await scheduler.advance(0);
    const { armed } = scheduler;
    void delivery.flush(1_000);
    await scheduler.advance(1_050);
    expect(scheduler.armed).toBe(armed);
  });

  it("what is recorded while a delivery is under way that was due waits for more", async () => {
    const { scheduler, api, delivery, add, promised } = createFixture();
    api.latency = 500;
    add(3);
    await scheduler.advance(30_000);
    delivery.added(scheduler.now());
    add(1);
    await scheduler.advance(1);
    add(1);
    delivery.added(scheduler.now());
    await scheduler.advance(10_000);
    expect(api.requests.map(({ length }) => length)).toEqual([4]);
    await scheduler.advance(9_500);
    add(1);
    delivery.added(scheduler.now());
    expect(promised).toHaveLength(2); // the second still waits
    await scheduler.advance(1_000);
    await Promise.all(promised);
    expect(api.requests.map(({ length }) => length)).toEqual([4, 2]);
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

  it("a request whose wait ends late leaves the events to the one that waits in its place", async () => {
    const { scheduler, api, delivery, add, promised } = createFixture();
    add(1);
    delivery.added(scheduler.now());
    await scheduler.advance(19_000);
    scheduler.jump(2_000); // 20 s are over, and the timer has not fired
    add(1);
    delivery.added(scheduler.now());
    expect(promised).toHaveLength(2);
    await scheduler.advance(1_000);
    await promised[0];
    expect(api.requests).toHaveLength(0);
    await scheduler.advance(8_000);
    await promised[1];
    expect(api.receivedKeys).toEqual(["0", "1"]);
  });

  it("a request whose wait ends while close() is under way leaves the events to that, and no timer", async () => {
    const { scheduler, api, delivery, add } = createFixture();
    add(1);
    delivery.added(scheduler.now());
    await scheduler.advance(19_900);
    api.answer = () => ({ status: 503 });
    const closed = delivery.close(200);
    await scheduler.advance(200);
    expect([await closed, scheduler.armed]).toEqual([1, 0]);
  });

  it("another request waits when the first has ended, though the clock was set back meanwhile (contract §6.2)", async () => {
    const { scheduler, delivery, add, promised } = createFixture();
    add(1);
    delivery.added(scheduler.now());
    await scheduler.advance(10_000);
    await delivery.flush(1_000);
    scheduler.jump(-5_000);
    await scheduler.advance(10_000);
    await promised[0];
    add(1);
    delivery.added(scheduler.now());
    expect(promised).toHaveLength(2);
  });

  it("no request outlasts its 20 s to wait for the end of a pause that the service asked for", async () => {
    const { scheduler, api, delivery, add, promised } = createFixture();
    add(1);
    delivery.added(scheduler.now());
    await scheduler.advance(18_000);
    api.answer = () => ({ status: 503, retryAfter: 5_000 });
    await delivery.flush(1_000);
    await scheduler.advance(2_000);
    await promised[0];
    await scheduler.advance(10_000);
    expect([api.requests.length, scheduler.armed]).toEqual([1, 0]);
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

  describe("when a delivery has failed", () => {
    /** 100 events that the service has not taken; the next attempt is due in 1,500 ms. */
    async function failing() {
      const fixture = createFixture();
      const { scheduler, api, delivery, add } = fixture;
      scheduler.random = () => 0.5;
      api.answer = () => ({ status: 503 });
      add(100);
      delivery.added(scheduler.now());
      await scheduler.advance(500);
      const start = api.times[0]!;
      return { ...fixture, times: () => api.times.map((time) => time - start) };
    }

    it("tries again after 1 to 2 s, at random, so that not all do at once", async () => {
      const { scheduler, times } = await failing();
      await scheduler.advance(5_000);
      expect(times()).toEqual([0, 1_500]);
    });

    it("leaves it to close(), which tries in its own time", async () => {
      const { scheduler, delivery, times } = await failing();
      const closed = delivery.close(3_000);
      await scheduler.advance(3_000);
      await closed;
      expect(times()).toEqual([0, 500, 700, 1_100, 1_900]);
    });

    it("has nothing to try again after another request has succeeded: what came since is not due", async () => {
      const { scheduler, api, queue, delivery, add, times } = await failing();
      api.answer = () => "accept";
      await delivery.flush(1_000);
      add(1);
      await scheduler.advance(5_000);
      expect([times(), queue.waiting]).toEqual([[0, 500], 1]);
    });

    it("counts the attempt of another request that is under way as its own", async () => {
      const { scheduler, api, delivery, times } = await failing();
      api.latency = 500;
      await scheduler.advance(900);
      void delivery.flush(1_000);
      await scheduler.advance(5_000);
      expect(times()).toEqual([0, 1_400]);
    });
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
