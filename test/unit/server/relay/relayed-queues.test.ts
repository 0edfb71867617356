import { describe, expect, it } from "vitest";
import { EventQueue } from "../../../../src/events/event-queue.ts";
import { createPacedWarnings } from "../../../../src/events/paced-warnings.ts";
import { Sender } from "../../../../src/events/sender.ts";
import { createEvaluation, createEvent, textsOf } from "../../../../src/events/serialize.ts";
import { RelayedQueues } from "../../../../src/server/relay/relayed-queues.ts";
import { ManualScheduler } from "../../../support/manual-scheduler.ts";
import { EventPosts } from "../../../support/service.ts";
import { collectingLogger } from "../../events/fixture.ts";

const ALWAYS = (): boolean => true;

function createQueues(count: number) {
  const scheduler = new ManualScheduler();
  const numbers = { end: 0 };
  const queues = Array.from({ length: count }, () => new EventQueue(undefined, undefined, numbers));
  const source = new RelayedQueues(queues, () => scheduler.now());
  /** Records evaluations of flags named by a prefix and numbers in one of the queues. */
  const record = (count: number, queue: number, prefix = ""): void => {
    for (let key = 0; key < count; key++) {
      queues[queue]!.add(createEvaluation(`${prefix}${key}`, undefined, "on", undefined, scheduler.now()));
    }
  };
  return { scheduler, queues, source, record };
}

function createSender(flushBatchSize: number) {
  const parts = createQueues(3);
  const { scheduler, source } = parts;
  const api = new EventPosts(scheduler);
  const options = { http: api, scheduler, flushInterval: 30_000, flushBatchSize, connectTimeout: 5_000 };
  const warnings = createPacedWarnings({ ...options, logger: collectingLogger([]) });
  const sender = new Sender(source, options, warnings);
  const send = (work: "batch" | "search" = "batch") => sender.send(work, Infinity, ALWAYS);
  return { ...parts, api, sender, send };
}

describe("RelayedQueues (contract §9)", () => {
  it("are as long, as old and as full as their queues together", () => {
    const { queues, source, record } = createQueues(3);
    expect([source.length, source.waiting, source.first, source.end, source.oldest]).toEqual([
      0,
      0,
      0,
      0,
      undefined,
    ]);
    record(2, 2);
    record(3, 0);
    expect([source.length, source.waiting, source.first, source.end, source.oldest?.number]).toEqual([
      5,
      5,
      0,
      5,
      0,
    ]);
    queues[2]!.take(2, Infinity);
    queues[2]!.delivered();
    expect([source.first, source.oldest?.number, source.isHalfFull]).toEqual([2, 2, false]);
    record(5_000, 1);
    expect(source.isHalfFull).toBe(true);
    expect(source.dropAll()).toBe(5_003);
    expect(source.waiting).toBe(0);
  });

  it("share each request", async () => {
    const { api, record, send } = createSender(90);
    record(80, 0, "a");
    record(10, 1, "b");
    record(200, 2, "c");
    await send();
    const count = (prefix: string): number => api.keys[0]!.filter((key) => key.startsWith(prefix)).length;
    expect([count("a"), count("b"), count("c")]).toEqual([30, 10, 50]);
  });

  it("share the bytes of a request, too", () => {
    const { queues, source, record } = createQueues(3);
    for (let queue = 0; queue < 3; queue++) record(100, queue);
    const { size } = queues[0]!.oldest!;
    const users = source.take(300, 31 * size).length;
    source.delivered();
    const sent = queues.map(({ counters }) => counters.sent);
    expect([users, ...sent].every((count) => count >= 9)).toBe(true);
    expect(Math.max(...sent)).toBeLessThan(13);
  });

  it("go on however many batches of one key are refused", async () => {
    const { api, queues, record, send } = createSender(10);
    api.answer = (events) => events[0]!.flagKey.startsWith("bad") ? { status: 400 } : "accept";
    record(80, 1, "bad");
    for (let count = 0; count < 8; count++) expect(await send()).toBe(true);
    expect([queues[1]!.length, queues[1]!.waiting]).toEqual([0, 80]);
    record(1, 2, "c");
    expect(await send()).toBe(true);
    expect(queues[2]!.counters.sent).toBe(1);
  });

  it("are served in turn when a request has room for one", async () => {
    const { api, record, send } = createSender(1);
    for (let queue = 0; queue < 3; queue++) record(2, queue, "abc"[queue]);
    for (let count = 0; count < 6; count++) await send();
    expect(api.receivedKeys.map((key) => key[0]).join("")).toBe("abcabc");
  });

  it("leave a large event for the next request, and lose nothing", () => {
    const { queues, source } = createQueues(2);
    const add = (queue: number, name: string, length: number): void => {
      const metadata = JSON.stringify({ text: "x".repeat(length) });
      queues[queue]!.add(createEvent({ type: "Custom", name, metadata, timestamp: 0 }));
    };
    add(0, "small", 10);
    add(1, "large", 5_000);
    const bytes = queues[1]!.oldest!.size; // as large as a request
    const names = (): string[] => {
      const taken = source.take(10, bytes).map((event) => textsOf(event).flagKey);
      source.delivered();
      return taken;
    };
    expect([names(), names(), source.waiting]).toEqual([["small"], ["large"], 0]);
  });

  it("keep what a request failed to deliver, and drop what was refused alone", async () => {
    const { api, queues, record, send } = createSender(100);
    record(2, 0, "a");
    record(1, 1, "b");
    api.answer = () => ({ status: 503 });
    expect(await send()).toBe(false);
    expect(queues.map(({ waiting }) => waiting)).toEqual([2, 1, 0]);
    api.answer = () => "accept";
    await send();
    record(1, 1, "bad");
    api.answer = () => ({ status: 400 });
    await send();
    expect(queues.map(({ counters }) => counters.dropped.rejected)).toEqual([0, 1, 0]);
  });

  it("send a queue apart whose events are refused, for ten minutes, and the others go on", async () => {
    const { api, scheduler, queues, source, sender, record, send } = createSender(100);
    api.answer = (events) =>
      events.some(({ flagKey }) => flagKey.startsWith("bad")) ? { status: 400 } : "accept";
    const recordAll = (): void => {
      record(10, 0, "a");
      record(10, 1, "bad");
      record(10, 2, "c");
    };
    recordAll();
    await send();
    expect(queues.map(({ refusedBatch }) => refusedBatch?.size)).toEqual([10, 10, 10]);
    for (let count = 0; count < 3; count++) await send("search");
    expect(queues.map(({ counters }) => counters.sent)).toEqual([10, 0, 10]);
    recordAll();
    const sentBefore = sender.requestCount;
    while (source.length > 0) await send();
    expect(sender.requestCount - sentBefore).toBe(2);
    expect(queues.map(({ counters }) => counters.sent)).toEqual([20, 0, 20]);
    await scheduler.advance(600_000);
    recordAll();
    await send();
    expect(api.requests.at(-1)).toHaveLength(30);
  });

  it("send suspects first and whole, whatever else is due: that is no search (contract §5)", async () => {
    const { api, scheduler, queues, source, sender, record, send } = createSender(100);
    api.answer = (events) =>
      events.some(({ flagKey }) => flagKey.startsWith("bad")) ? { status: 400 } : "accept";
    record(40, 1, "bad");
    await send();
    for (let times = 0; times < 2; times++) {
      await scheduler.advance(3_000);
      while (sender.searchDueIn(scheduler.now()) === 0) await send("search");
    }
    record(10, 0, "a");
    record(10, 2, "bad");
    await send();
    record(100, 0, "b");
    await scheduler.advance(2_000);
    const sizes: number[] = [];
    while (sender.searchDueIn(scheduler.now()) === 0) {
      expect(sender.nextDue(scheduler.now())).toBe("search");
      expect(sender.nextFor(source.end, sender.requestCount, scheduler.now())).toEqual({
        work: "search",
        wait: 0,
      });
      await send("search");
      sizes.push(api.requests.at(-1)!.length);
    }
    expect(sizes).toEqual([10, 10]);
    expect(queues[0]!.counters).toMatchObject({ sent: 10, waiting: 100 });
    expect(sender.nextDue(scheduler.now())).toBe("batch");
    expect(sender.searchDueIn(scheduler.now())).toBeLessThan(5_000); // one in 6 s, of which 2 s are over
  });

  it("leave those out whose events are refused, also alone and whatever the clock says (contract §6.2)", async () => {
    const { api, scheduler, queues, record, send } = createSender(100);
    const refuses = (events: readonly { readonly flagKey: string }[]): boolean =>
      events.some(({ flagKey }) => flagKey.startsWith("bad"));
    api.answer = (events) => refuses(events) ? { status: 400 } : "accept";
    record(10, 1, "bad");
    await send();
    expect(queues[1]!.refusedBatch?.isSuspect).toBe(false); // refused alone
    record(10, 0, "a");
    record(10, 1, "bad");
    record(10, 2, "c");
    await send();
    record(10, 1, "bad");
    await send();
    expect(api.requests.slice(-2).map(({ length }) => length)).toEqual([10, 20]);
    expect(queues.map(({ counters }) => counters.sent)).toEqual([10, 0, 10]);
    scheduler.jump(-1_000);
    for (const [queue, prefix] of ["a", "bad", "c"].entries()) record(10, queue, prefix);
    await send();
    expect(api.requests.at(-1)).toHaveLength(40);
  });
});
