import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { Delivery } from "../../../src/events/delivery.ts";
import { createDetach } from "../../../src/runtime/async-context.ts";
import type { HostGlobals } from "../../../src/runtime/host-globals.ts";
import { createParts } from "./delivery-fixture.ts";

/** A delivery without timers: what remains is what all deliveries share. */
class PlainDelivery extends Delivery {
  protected override readonly hasTimers = true;
  /** Whether another sender begins before the next one. */
  isOvertaken = false;
  #isSending = false;

  protected override isSending(): boolean {
    return this.#isSending;
  }

  protected override awaitSender(): Promise<void> {
    return this.wait(10);
  }

  protected override async asSender(work: () => Promise<void>): Promise<void> {
    this.#isSending = true;
    if (this.isOvertaken) {
      this.isOvertaken = false;
      await this.deliverDue();
    }
    await work();
    this.#isSending = false;
  }
}

function forbidden(): never {
  throw new Error("Disallowed operation called within global scope");
}

function createFixture(waitUntil?: (work: Promise<unknown>) => void) {
  const parts = createParts();
  const { scheduler, queue, sender } = parts;
  return {
    ...parts,
    delivery: new PlainDelivery(queue, sender, { scheduler, waitUntil: () => waitUntil }),
  };
}

describe("Delivery.flush()", () => {
  it("sends what waited when it was called, and settles at once when nothing does (contract §5)", async () => {
    const { api, delivery, add } = createFixture();
    await delivery.flush(1_000);
    add(250);
    await delivery.flush(1_000);
    expect(api.requests.map((events) => events.length)).toEqual([100, 100, 50]);
  });

  it("needs no timer when nothing waits: a Worker's global scope forbids them (contract §5, §6.1)", async () => {
    const { scheduler, delivery } = createFixture();
    scheduler.after = forbidden;
    await delivery.flush(1_000);
  });

  it("leaves to others what is recorded while it sends (contract §5)", async () => {
    const { api, queue, delivery, add } = createFixture();
    api.answer = () => {
      add(1);
      return "accept";
    };
    add(100);
    await delivery.flush(1_000);
    expect([api.requests.length, queue.waiting]).toEqual([1, 1]);
  });

  it("makes no request when there is nothing to send any more", async () => {
    const { api, queue, delivery, add } = createFixture();
    add(1);
    const flushed = delivery.flush(1_000);
    queue.dropAll();
    await flushed;
    expect(api.requests).toEqual([]);
  });

  it("searches refused events as far as its time allows", async () => {
    const { api, queue, delivery, add } = createFixture();
    api.answer = (events) => events.some(({ flagKey }) => flagKey === "63") ? { status: 400 } : "accept";
    add(100);
    await delivery.flush(1_000);
    expect(queue.counters).toMatchObject({ sent: 99, waiting: 0, dropped: { rejected: 1 } });
  });

  it("waits for a request that the limit of 120 a minute allows later", async () => {
    const { api, scheduler, delivery, add } = createFixture();
    for (let count = 0; count < 20; count++) {
      add(1);
      await delivery.flush(1_000);
    }
    add(1);
    let settled = false;
    void delivery.flush(1_000).then(() => settled = true);
    await scheduler.advance(599);
    expect([settled, api.requests.length]).toEqual([false, 20]);
    await scheduler.advance(1);
    expect([settled, api.requests.length]).toEqual([true, 21]);
  });
});

describe("Delivery.flush() after a failure", () => {
  it("settles at once when the next attempt comes too late, and waits for one that does not", async () => {
    for (const [retryAfter, isTooLate] of [[2_001, true], [2_000, true], [1_999, false]] as const) {
      const { api, scheduler, delivery, add } = createFixture();
      api.answer = () => ({ status: 503, retryAfter });
      add(1);
      let settled = false;
      void delivery.flush(2_000).then(() => settled = true);
      await scheduler.advance(0);
      expect([retryAfter, settled]).toEqual([retryAfter, isTooLate]);
      api.answer = () => "accept";
      await scheduler.advance(1_999);
      expect([retryAfter, settled, api.received.length]).toEqual([retryAfter, true, isTooLate ? 0 : 1]);
    }
  });
});

describe("Delivery.close()", () => {
  it("returns how many events it drops, and takes no more", async () => {
    const { api, scheduler, delivery, add } = createFixture();
    api.answer = () => ({ status: 503 });
    add(7);
    const closed = delivery.close(1_000);
    await scheduler.advance(1_000);
    expect([await closed, delivery.isClosing, api.requests.length]).toEqual([7, true, 4]);
  });
});

describe("Delivery.deliverWhenDue()", () => {
  it("passes a delivery to waitUntil when a batch is full, and a wait for events when none is", async () => {
    const promised: Promise<unknown>[] = [];
    const { api, scheduler, delivery, add } = createFixture((work) => void promised.push(work));
    delivery.deliverWhenDue(scheduler.now());
    expect(promised).toHaveLength(0);
    add(1);
    for (let count = 0; count < 3; count++) delivery.deliverWhenDue(scheduler.now());
    expect(promised).toHaveLength(1);
    add(99);
    delivery.deliverWhenDue(scheduler.now());
    expect(promised).toHaveLength(2);
    await promised[1];
    expect(api.requests).toHaveLength(1);
  });

  it("sends nothing twice where a context is left by a later task, and another sender begins before it", async () => {
    const promised: Promise<unknown>[] = [];
    const { api, scheduler, delivery, add } = createFixture((work) => void promised.push(work));
    const later: (() => void)[] = [];
    scheduler.detach = (work) => void later.push(work);
    add(100);
    delivery.deliverWhenDue(scheduler.now());
    delivery.deliverWhenDue(scheduler.now());
    for (const work of later) work();
    let isOver = false;
    void promised[1]!.then(() => isOver = true);
    await scheduler.advance(9);
    expect(isOver, "it keeps its request alive as long as the other sender may need").toBe(false);
    await scheduler.advance(1_000);
    await Promise.all(promised);
    expect(api.requests).toHaveLength(1);
  });

  it("passes nothing to waitUntil once close() has been called (contract §6)", async () => {
    const promised: Promise<unknown>[] = [];
    const { api, scheduler, delivery, add } = createFixture((work) => void promised.push(work));
    api.answer = () => ({ status: 503 });
    add(100);
    const closed = delivery.close(1_000);
    delivery.deliverWhenDue(scheduler.now());
    await scheduler.advance(1_000);
    await closed;
    expect(promised).toHaveLength(0);
  });

  it("takes the caller's waitUntil, and else the option's, which it does not ask for while a request lingers", async () => {
    const { queue, sender, scheduler, add } = createParts();
    const used: string[] = [];
    let asked = 0;
    const waitUntil = () => {
      asked++;
      return () => void used.push("option's");
    };
    const delivery = new PlainDelivery(queue, sender, { scheduler, waitUntil });
    add(1);
    delivery.deliverWhenDue(scheduler.now(), () => void used.push("caller's"));
    await scheduler.advance(1);
    for (let count = 0; count < 9; count++) delivery.deliverWhenDue(scheduler.now());
    expect([used, asked]).toEqual([["caller's"], 0]);
    await scheduler.advance(20_000);
    add(1);
    delivery.deliverWhenDue(scheduler.now());
    expect([used, asked]).toEqual([["caller's", "option's"], 1]);
  });

  it("settles what it passes to waitUntil also where timers are forbidden, as in a Worker's global scope (contract §6.1)", async () => {
    const promised: Promise<unknown>[] = [];
    const { queue, scheduler, delivery, add } = createFixture((work) => void promised.push(work));
    scheduler.after = forbidden;
    add(1);
    delivery.deliverWhenDue(scheduler.now());
    expect(await promised[0]).toBeUndefined();
    expect(queue.waiting).toBe(1);
  });

  it("sends nothing when another sender has taken over", async () => {
    const promised: Promise<unknown>[] = [];
    const { api, scheduler, delivery, add } = createFixture((work) => void promised.push(work));
    delivery.isOvertaken = true;
    add(200);
    delivery.deliverWhenDue(scheduler.now());
    await promised[0];
    expect(api.requests).toHaveLength(1); // by the other sender
  });

  it("keeps a delivery outside of the context of the request that keeps it alive (contract §6)", async () => {
    const requests = new AsyncLocalStorage<string>();
    const promised: Promise<unknown>[] = [];
    const { api, scheduler, delivery, add } = createFixture((work) => {
      expect(requests.getStore()).toBe("request");
      promised.push(work);
    });
    scheduler.detach = createDetach(globalThis as HostGlobals);
    const seen: unknown[] = [];
    api.answer = () => {
      seen.push(requests.getStore());
      return "accept";
    };
    add(100);
    requests.run("request", () => delivery.deliverWhenDue(scheduler.now()));
    await promised[0];
    expect(seen).toEqual([undefined]);
  });
});
