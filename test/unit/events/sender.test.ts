import { describe, expect, it } from "vitest";
import { EventQueue } from "../../../src/events/event-queue.ts";
import { createPacedWarnings } from "../../../src/events/paced-warnings.ts";
import { Sender } from "../../../src/events/sender.ts";
import type { SenderOptions } from "../../../src/events/sender.ts";
import { createEvaluation, createEvent } from "../../../src/events/serialize.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { EventPosts } from "../../support/service.ts";
import { collectingLogger } from "./fixture.ts";

const MINUTE = 60_000;
const ALWAYS = (): boolean => true;

function createSender(options: Partial<SenderOptions> = {}) {
  const scheduler = new ManualScheduler();
  const api = new EventPosts(scheduler);
  const lines: string[] = [];
  const queue = new EventQueue();
  const flushInterval = options.flushInterval ?? 30_000;
  const warnings = createPacedWarnings({ logger: collectingLogger(lines), scheduler, flushInterval });
  const sender = new Sender(
    queue,
    { http: api, scheduler, flushInterval, flushBatchSize: 100, connectTimeout: 5_000, ...options },
    warnings,
  );
  /** Records evaluations of flags named by numbers. */
  const record = (count: number): void => {
    for (let key = 0; key < count; key++) {
      queue.add(createEvaluation(String(key), undefined, "on", undefined, scheduler.now()));
    }
  };
  const send = (work: "batch" | "search" = "batch") => sender.send(work, Number.POSITIVE_INFINITY, ALWAYS);
  return { api, scheduler, lines, queue, sender, record, send };
}

describe("Sender.send()", () => {
  it("sends a batch and reports what became of it", async () => {
    const { api, sender, queue, record, send } = createSender();
    record(150);
    expect(await send()).toBe(true);
    expect([api.requests[0]!.length, queue.counters.sent, sender.requestCount]).toEqual([100, 100, 1]);
    api.answer = () => ({ status: 503 });
    expect(await send()).toBe(false);
    expect([queue.length, queue.refusedBatch, sender.hasFailed]).toEqual([50, undefined, true]);
    api.answer = () => ({ status: 400 });
    expect(await send()).toBe(true);
    expect([queue.length, queue.refusedBatch?.size]).toEqual([0, 50]);
    expect(queue.counters).toMatchObject({ sent: 100, waiting: 50 });
  });

  it("lets the events of a failed request make room for others: they are no longer under way", async () => {
    const { api, queue, record, send } = createSender();
    api.answer = () => ({ status: 503 });
    record(10_000);
    expect(await send()).toBe(false);
    record(1);
    expect(queue.oldest?.number).toBe(1_000);
  });

  it("does nothing with an answer that comes for somebody else", async () => {
    const { sender, queue, record } = createSender();
    record(10);
    expect(await sender.send("batch", Number.POSITIVE_INFINITY, () => false)).toBe(false);
    expect(queue.counters).toMatchObject({ sent: 0, waiting: 10 });
    expect(sender.hasFailed).toBe(false);
  });

  it("gives a request connectTimeout and 1 s for each 32 KiB, as far as its limit allows (contract §5)", async () => {
    const { api, sender, queue, scheduler } = createSender({ connectTimeout: 2_000 });
    const metadata = JSON.stringify({ text: "x".repeat(16_000) });
    for (let count = 0; count < 20; count++) {
      queue.add(createEvent({ type: "Custom", name: "n", metadata, timestamp: scheduler.now() }));
    }
    await sender.send("batch", Number.POSITIVE_INFINITY, ALWAYS);
    const bytes = JSON.stringify({ events: api.requests[0] }).length;
    expect(api.timeouts[0]).toBe(2_000 + Math.ceil(1_000 * bytes / 32_768));
    expect(sender.requestTimeout).toBe(api.timeouts[0]);
    queue.add(createEvaluation("f", undefined, "on", undefined, scheduler.now()));
    await sender.send("batch", 70, ALWAYS);
    expect(api.timeouts[1]).toBe(70);
  });
});

describe("Sender's times", () => {
  it("are those of the interval, a full batch and a queue half full (contract §5)", async () => {
    const { sender, scheduler, record, send } = createSender();
    expect([sender.batchDueIn(scheduler.now()), sender.searchDueIn(scheduler.now())]).toEqual([
      Infinity,
      Infinity,
    ]);
    record(99);
    expect(sender.batchDueIn(scheduler.now())).toBe(30_000);
    record(1);
    expect(sender.batchDueIn(scheduler.now())).toBe(0);
    record(100);
    await send();
    expect(sender.batchDueIn(scheduler.now())).toBe(1_000);
    record(4_900);
    expect(sender.batchDueIn(scheduler.now())).toBe(250);
  });

  it("stretch the interval with each 429, up to an hour, and shrink it with each success (contract §5)", async () => {
    const { api, sender, scheduler, record, send } = createSender();
    api.answer = () => ({ status: 429 });
    record(100);
    const pauses: number[] = [];
    for (let count = 0; count < 9; count++) {
      await send();
      pauses.push(sender.pauseEndsIn(scheduler.now()));
      await scheduler.advance(pauses.at(-1)!);
    }
    for (const [index, pause] of pauses.entries()) {
      const interval = Math.min(60 * MINUTE, 60_000 * 2 ** index);
      expect(pause).toBeGreaterThanOrEqual(0.75 * interval);
      expect(pause).toBeLessThanOrEqual(1.25 * interval);
    }
    expect(new Set(pauses.map((pause, index) => pause / 2 ** index)).size).toBeGreaterThan(5);
    api.answer = () => "accept";
    let successes = 0;
    for (; sender.batchDueIn(scheduler.now()) !== 1_000; successes++) {
      await scheduler.advance(2 * 60 * MINUTE);
      await send();
      record(100);
    }
    // 0.95^94 is less than 30 s of an hour.
    expect(successes).toBe(94);
  });

  it("honour Retry-After, at least 1 s (contract §1)", async () => {
    const { api, sender, scheduler, record, send } = createSender();
    record(1);
    for (const [retryAfter, pause] of [[12_000, 12_000], [0, 1_000]] as const) {
      api.answer = () => ({ status: 503, retryAfter });
      await send();
      expect(sender.pauseEndsIn(scheduler.now())).toBe(pause);
    }
  });

  it("allow 120 requests in a minute, however many are wanted (contract §5)", async () => {
    const { api, sender, scheduler, queue, record } = createSender({ flushBatchSize: 1 });
    for (let tick = 0; tick < 1_200; tick++) {
      record(1);
      const { wait, work } = sender.nextFor(queue.end, 0, scheduler.now());
      if (wait === 0) await sender.send(work, Number.POSITIVE_INFINITY, ALWAYS);
      await scheduler.advance(100);
    }
    for (const time of api.times) {
      expect(api.times.filter((other) => other >= time && other < time + MINUTE).length).toBeLessThanOrEqual(
        120,
      );
    }
    expect(api.times.length).toBeGreaterThan(200);
  });
});

describe("Sender with a service that refuses (contract §5)", () => {
  it("halves a large batch after a 413, and leaves it at the front", async () => {
    const { api, queue, record, send } = createSender();
    api.answer = (events) => events.length > 500 ? { status: 413 } : "accept";
    record(2_000);
    expect([await send(), queue.counters.sent, queue.length]).toEqual([true, 0, 2_000]);
    expect([await send(), queue.counters.sent, queue.length]).toEqual([true, 500, 1_500]);
    expect(api.requests.map((events) => events.length)).toEqual([1_000, 500]);
    expect(queue.refusedBatch).toBeUndefined();
  });

  it.each([[100, 100, 0, 1_000], [101, 0, 101, 51]] as const)(
    "after a 413 for %i events searches %i: up to the batch size an event may be guilty (contract §5)",
    async (count, searched, left, next) => {
      const { api, queue, record, send } = createSender();
      api.answer = () => ({ status: 503 });
      record(count);
      await send();
      api.answer = () => ({ status: 413 });
      await send();
      expect([api.requests[1]!.length, queue.refusedBatch?.size ?? 0, queue.length]).toEqual([
        count,
        searched,
        left,
      ]);
      api.answer = () => "accept";
      record(1_000);
      await send();
      expect(api.requests[2]!.length).toBe(next);
    },
  );

  it("drops an event that is refused alone, with a warning", async () => {
    const { api, queue, lines, record, send } = createSender();
    api.answer = () => ({ status: 422 });
    record(1);
    await send();
    expect(queue.counters).toMatchObject({ waiting: 0, dropped: { rejected: 1 } });
    expect(lines).toEqual(['Event "0" dropped, the service refuses it: The service said no']);
  });

  it("concludes from five refused batches in a row that the service refuses everything, and pauses", async () => {
    const { api, sender, queue, scheduler, record, send } = createSender();
    api.answer = () => ({ status: 400 });
    record(900);
    for (let count = 0; count < 6; count++) expect(await send()).toBe(count < 5);
    expect([queue.length, sender.hasFailed]).toEqual([400, true]);
    expect(sender.pauseEndsIn(scheduler.now())).toBe(30_000);
  });
});
