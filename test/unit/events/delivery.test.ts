import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { Delivery } from "../../../src/events/delivery.ts";
import { createDetach } from "../../../src/runtime/async-context.ts";
import type { HostGlobals } from "../../../src/runtime/host-globals.ts";
import { createParts } from "./delivery-fixture.ts";

/** A delivery without timers: what remains is what all deliveries share. */
class PlainDelivery extends Delivery {
  protected override readonly hasTimers = true;
  #isSending = false;

  protected override isSending(): boolean {
    return this.#isSending;
  }

  protected override awaitSender(): Promise<void> {
    return this.wait(10);
  }

  protected override async asSender(
    work: (isCurrent: () => boolean, extend: () => void) => Promise<void>,
  ): Promise<void> {
    this.#isSending = true;
    await work(() => true, () => {});
    this.#isSending = false;
  }

  protected override wait(delay: number, work?: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.scheduler.after(delay, resolve);
      void work?.then(() => {
        cancel();
        resolve();
      });
    });
  }

  protected override cancelTimers(): void {}
  protected override abandon(): void {}
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
    await scheduler.advance(1_000);
    await Promise.all(promised);
    expect(api.requests).toHaveLength(1);
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
