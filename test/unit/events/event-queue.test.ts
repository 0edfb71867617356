import { describe, expect, it } from "vitest";
import { EventQueue } from "../../../src/events/event-queue.ts";
import { createEvaluation, createEvent, textsOf } from "../../../src/events/serialize.ts";
import type { WaitingEvent } from "../../../src/events/serialize.ts";

const ALL = Number.POSITIVE_INFINITY;
const EMPTY = {
  sent: 0,
  waiting: 0,
  shed: { repeats: 0, evaluations: 0, others: 0 },
  dropped: { rejected: 0, closed: 0 },
};

function evaluation(key: number | string, user = "u"): WaitingEvent {
  return createEvaluation(String(key), user, "on", undefined, 0);
}

function custom(name: string, length = 0): WaitingEvent {
  const metadata = length === 0 ? undefined : JSON.stringify({ text: "x".repeat(length) });
  return createEvent({ type: "Custom", name, metadata, timestamp: 0 });
}

function namesIn(queue: EventQueue): string[] {
  const names = queue.take(ALL, ALL).map((event) => textsOf(event).flagKey);
  queue.failed();
  return names;
}

/** The service takes the oldest events. */
function deliver(queue: EventQueue, count: number): void {
  queue.take(count, ALL);
  queue.delivered();
}

/** The service refuses the oldest events. */
function refuse(queue: EventQueue, count: number): void {
  queue.take(count, ALL);
  queue.setAside();
}

function fill(queue: EventQueue, count: number, first = 0): void {
  for (let key = first; key < first + count; key++) queue.add(evaluation(key));
}

describe("EventQueue", () => {
  it("take() returns the oldest events, and they stay until they are delivered", () => {
    const queue = new EventQueue();
    fill(queue, 5);
    expect(queue.take(3, ALL).map((event) => textsOf(event).flagKey)).toEqual(["0", "1", "2"]);
    deliver(queue, 2);
    expect(namesIn(queue)).toEqual(["2", "3", "4"]);
    expect([queue.first, queue.end, queue.length, queue.oldest?.number]).toEqual([2, 5, 3, 2]);
    expect(queue.counters).toEqual({ ...EMPTY, sent: 2, waiting: 3 });
  });

  it("take() stops before the bytes are full, but never before the first event", () => {
    const queue = new EventQueue();
    fill(queue, 5);
    const { size } = queue.oldest!;
    expect(queue.take(5, 3 * size)).toHaveLength(3);
    expect(queue.take(5, 3 * size - 1)).toHaveLength(2);
    expect(queue.take(5, 1)).toHaveLength(1);
  });

  it("an empty queue has neither a first event nor anything to send", () => {
    const queue = new EventQueue();
    expect([queue.first, queue.end, queue.oldest, queue.refusedBatch]).toEqual([0, 0, undefined, undefined]);
    expect(queue.counters).toEqual(EMPTY);
  });

  it("add() sheds a tenth, the oldest evaluations, many rounds long (contract §5)", () => {
    const queue = new EventQueue();
    for (let key = 0; key < 50_000; key++) {
      expect(queue.add(evaluation(key))).toBe(key >= 10_000 && key % 1_000 === 0);
    }
    expect(queue.length).toBe(10_000);
    expect(namesIn(queue)[0]).toBe("40000");
    expect(queue.counters.shed).toEqual({ repeats: 0, evaluations: 40_000, others: 0 });
  });

  it("add() sheds repeats first, the newer ones, and only they count as repeats (contract §5)", () => {
    const shed: string[] = [];
    const queue = new EventQueue(
      { events: 10, bytes: ALL },
      (event) => void shed.push(textsOf(event).flagKey),
    );
    for (const key of ["a", "b", "a", "c", "a", "d", "e", "f", "g", "h", "i"]) queue.add(evaluation(key));
    expect(namesIn(queue)).toEqual(["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
    expect([queue.counters.shed, shed]).toEqual([{ repeats: 2, evaluations: 0, others: 0 }, []]);
    for (const key of ["j", "k"]) queue.add(evaluation(key));
    expect(queue.counters.shed).toEqual({ repeats: 2, evaluations: 1, others: 0 });
    expect(shed).toEqual(["a"]);
  });

  it("add() sees repeats by flag, user and variation, whatever prerequisite failed (contract §5)", () => {
    const queue = new EventQueue({ events: 4, bytes: ALL });
    for (const prerequisite of ["p", "q"]) queue.add(createEvaluation("f", "u", "off", prerequisite, 0));
    queue.add(createEvaluation("f", undefined, "off", undefined, 0));
    queue.add(createEvaluation("f", "", "off", undefined, 0));
    queue.add(evaluation("new"));
    expect(queue.counters.shed).toEqual({ repeats: 1, evaluations: 0, others: 0 });
    expect(queue.take(ALL, ALL).map((event) => textsOf(event))).toMatchObject([
      { flagKey: "f", userId: "u", prerequisiteKey: "p" },
      { flagKey: "f" },
      { flagKey: "f", userId: "" },
      { flagKey: "new" },
    ]);
  });

  it("add() fills up with the oldest when repeats are under a tenth (contract §5)", () => {
    const queue = new EventQueue({ events: 100, bytes: ALL });
    fill(queue, 96);
    for (let count = 0; count < 4; count++) queue.add(evaluation(50));
    queue.add(evaluation("new"));
    expect(queue.counters.shed).toEqual({ repeats: 4, evaluations: 6, others: 0 });
    expect(namesIn(queue)[0]).toBe("6");
  });

  it("add() sheds minor events before all others, and none for one of them (contract §9)", () => {
    const queue = new EventQueue({ events: 20, bytes: ALL });
    const minor = (key: string): WaitingEvent => ({ ...evaluation(key), isMinor: true });
    fill(queue, 10);
    for (let key = 0; key < 5; key++) queue.add(minor(`m${key}`));
    fill(queue, 5, 10);
    expect(queue.add(minor("late"))).toBe(true);
    expect(queue.waiting).toBe(20);
    queue.add(evaluation("new"));
    expect(namesIn(queue)).toEqual([...Array.from({ length: 15 }, (_, key) => String(key)), "new"]);
    expect(queue.counters.shed).toEqual({ repeats: 0, evaluations: 6, others: 0 });
  });

  it("add() sheds Custom events only when nothing else is left, the oldest, one by one (contract §5)", () => {
    const queue = new EventQueue({ events: 10, bytes: ALL });
    for (let count = 0; count < 8; count++) queue.add(custom(`c${count}`));
    fill(queue, 2);
    queue.add(custom("c8"));
    queue.add(custom("c9"));
    expect(queue.counters.shed).toEqual({ repeats: 0, evaluations: 2, others: 0 });
    expect(queue.add(evaluation("late"))).toBe(true);
    expect(queue.counters.shed).toEqual({ repeats: 0, evaluations: 3, others: 0 });
    queue.add(custom("c10"));
    expect(queue.counters.shed.others).toBe(1);
    expect(namesIn(queue)[0]).toBe("c1");
  });

  it("add() does not shed what is being sent", () => {
    const queue = new EventQueue({ events: 10, bytes: ALL });
    fill(queue, 10);
    queue.take(4, ALL);
    fill(queue, 3, 10);
    expect(namesIn(queue).slice(0, 4)).toEqual(["0", "1", "2", "3"]);
    expect(queue.counters.shed.evaluations).toBe(3);
    deliver(queue, 4);
    expect(namesIn(queue)).toEqual(["7", "8", "9", "10", "11", "12"]);
    queue.take(6, ALL);
    fill(queue, 5, 20);
    expect(queue.length).toBe(10);
    expect(namesIn(queue)[0]).toBe("7");
  });

  it("add() sheds evaluations whose request failed, after a pass that found none (contract §5)", () => {
    const queue = new EventQueue({ events: 4, bytes: ALL });
    queue.add(custom("a"));
    fill(queue, 2);
    queue.take(3, ALL);
    for (const name of ["b", "c"]) queue.add(custom(name));
    expect(queue.counters.shed).toEqual({ repeats: 0, evaluations: 0, others: 1 });
    queue.failed();
    queue.add(custom("d"));
    expect(queue.counters.shed).toEqual({ repeats: 0, evaluations: 1, others: 1 });
    expect(namesIn(queue)).toEqual(["a", "1", "c", "d"]);
  });

  it("add() sheds an event for which all that is being sent leaves no room", () => {
    const queue = new EventQueue({ events: 3, bytes: ALL });
    fill(queue, 3);
    queue.take(3, ALL);
    expect([queue.add(evaluation("new")), queue.add(custom("new"))]).toEqual([true, true]);
    expect(namesIn(queue)).toEqual(["0", "1", "2"]);
    expect(queue.counters.shed).toEqual({ repeats: 0, evaluations: 1, others: 1 });
  });

  it("add() makes room by bytes, too: at least a tenth of them (contract §5)", () => {
    const queue = new EventQueue({ events: ALL, bytes: 90 * evaluation(10).size });
    fill(queue, 90, 10);
    expect(queue.counters.shed.evaluations).toBe(0);
    queue.add(evaluation("n"));
    expect(queue.counters.shed.evaluations).toBe(9);
  });

  it("add() refuses an event that no request can carry, and displaces none for it (contract §5)", () => {
    const queue = new EventQueue();
    fill(queue, 10_000);
    expect(queue.add(custom("large", 1_000_000))).toBe(true);
    deliver(queue, 10);
    expect(queue.add(custom("large", 1_000_000))).toBe(true);
    expect(queue.counters).toMatchObject({ waiting: 9_990, shed: { evaluations: 0, others: 2 } });
  });

  it("hasRoomFor() returns whether adding would shed, by number and by bytes (contract §5)", () => {
    const queue = new EventQueue({ events: 5, bytes: 1_000 });
    fill(queue, 3);
    const rest = 1_000 - 3 * queue.oldest!.size;
    expect([queue.hasRoomFor(2, rest), queue.hasRoomFor(3, rest), queue.hasRoomFor(1, rest + 1)])
      .toEqual([true, false, false]);
    deliver(queue, 3);
    expect([queue.hasRoomFor(5, 1_000), queue.hasRoomFor(1, 1_001)]).toEqual([true, false]);
  });

  it("is half full by number or by bytes", () => {
    const queue = new EventQueue({ events: 9, bytes: ALL });
    expect(queue.halfLength).toBe(5);
    fill(queue, 4);
    expect(queue.isHalfFull).toBe(false);
    fill(queue, 1, 4);
    expect(queue.isHalfFull).toBe(true);
    const heavy = new EventQueue({ events: 100, bytes: 1_000 });
    heavy.add(custom("c", 500));
    expect(heavy.isHalfFull).toBe(true);
  });

  it("knows how many events a second filled it", () => {
    const queue = new EventQueue({ events: 100, bytes: ALL });
    for (let key = 0; key <= 100; key++) {
      queue.add(createEvaluation(String(key), "u", "on", undefined, 10 * key));
    }
    expect(queue.fillRate).toBe(100);
  });

  it("refused batches wait aside, count as waiting, and are searched", () => {
    const queue = new EventQueue();
    fill(queue, 10);
    refuse(queue, 4);
    expect([queue.length, queue.waiting, queue.first]).toEqual([6, 10, 0]);
    expect(queue.refusedBatch?.next()).toHaveLength(2);
    queue.answerRefusedBatch(true);
    deliver(queue, 6);
    expect([queue.first, queue.counters.sent]).toEqual([2, 8]);
    queue.refusedBatch?.next();
    expect(queue.answerRefusedBatch(false)?.number).toBe(2);
    queue.refusedBatch?.next();
    queue.answerRefusedBatch(true);
    expect(queue.refusedBatch).toBeUndefined();
    expect(queue.counters).toEqual({ ...EMPTY, sent: 9, dropped: { rejected: 1, closed: 0 } });
    expect(queue.hasRoomFor(10_000, 8 * 2 ** 20)).toBe(true);
  });

  it("sends nothing else while half of what may wait is aside", () => {
    const queue = new EventQueue({ events: 10, bytes: ALL });
    fill(queue, 8);
    refuse(queue, 5);
    expect([queue.length, queue.oldest, queue.waiting]).toEqual([0, undefined, 8]);
    queue.refusedBatch?.next();
    queue.answerRefusedBatch(true);
    expect([queue.length, queue.waiting]).toEqual([3, 5]);
  });

  it("evaluations that wait aside are shed before Custom events", () => {
    const queue = new EventQueue({ events: 10, bytes: ALL });
    fill(queue, 4);
    refuse(queue, 4);
    queue.refusedBatch?.next(); // the first half may be under way
    for (let count = 0; count < 8; count++) queue.add(custom(`c${count}`));
    expect(queue.counters).toMatchObject({ waiting: 10, shed: { evaluations: 2, others: 0 } });
    queue.add(custom("c8"));
    expect(queue.counters.shed).toEqual({ repeats: 0, evaluations: 2, others: 1 });
  });

  it("rejected() and countRejected() count an event once", () => {
    const queue = new EventQueue();
    fill(queue, 2);
    queue.take(1, ALL);
    queue.rejected();
    queue.countRejected(3);
    expect(queue.counters).toEqual({ ...EMPTY, waiting: 1, dropped: { rejected: 4, closed: 0 } });
  });

  it("dropAll() drops what waits, also aside, and the queue can be used again", () => {
    const queue = new EventQueue();
    fill(queue, 6);
    refuse(queue, 2);
    expect(queue.dropAll()).toBe(6);
    expect(queue.counters).toEqual({ ...EMPTY, dropped: { rejected: 0, closed: 6 } });
    expect([queue.first, queue.hasRoomFor(10_000, 8 * 2 ** 20)]).toEqual([6, true]);
    fill(queue, 1);
    expect(queue.first).toBe(6);
  });
});
