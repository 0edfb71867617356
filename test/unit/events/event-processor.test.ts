import { describe, expect, it } from "vitest";
import { createEventProcessor } from "../../../src/events/event-processor.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { createFixture, receiveOne } from "./fixture.ts";

const NONE_SHED = { repeats: 0, evaluations: 0, others: 0 };
const NOW = "2026-01-01T00:00:00.000Z";

describe("recordEvaluation()", () => {
  it("recordEvaluation() fills the fields that are there and leaves out the others (contract §5)", async () => {
    const fixture = createFixture();
    fixture.events.recordEvaluation("f", "alice", "on", undefined);
    fixture.events.recordEvaluation("missing", undefined, undefined, undefined);
    fixture.events.recordEvaluation("f", "", "off", "q");
    await fixture.events.flush();
    expect(fixture.api.received).toStrictEqual([
      { type: "Evaluation", flagKey: "f", userId: "alice", variation: "on", timestamp: NOW },
      { type: "Evaluation", flagKey: "missing", timestamp: NOW },
      {
        type: "Evaluation",
        flagKey: "f",
        userId: "",
        variation: "off",
        timestamp: NOW,
        prerequisiteKey: "q",
      },
    ]);
  });

  it("recordEvaluation() stamps when it happened, not when it leaves (contract §5)", async () => {
    const fixture = createFixture();
    fixture.events.recordEvaluation("f", undefined, "on", undefined);
    await fixture.scheduler.advance(12_345);
    fixture.events.recordEvaluation("f", undefined, "on", undefined);
    await fixture.scheduler.advance(1);
    await fixture.events.flush();
    const later = new Date(Date.parse(NOW) + 12_345).toISOString();
    expect(fixture.api.received.map((event) => event.timestamp)).toEqual([NOW, later]);
  });

  it("recordEvaluation() keeps any text intact", async () => {
    const fixture = createFixture();
    const odd = 'a"b\\c\u0000\u2028Ünï 🎉 __proto__';
    fixture.events.recordEvaluation(odd, odd, odd, odd);
    expect(await receiveOne(fixture)).toMatchObject({
      flagKey: odd,
      userId: odd,
      variation: odd,
      prerequisiteKey: odd,
    });
  });

  it("recordEvaluation() leaves a user id of more than 1,024 characters out, with a warning (contract §5)", async () => {
    const fixture = createFixture();
    fixture.events.recordEvaluation("f", "x".repeat(1_024), "on", undefined);
    fixture.events.recordEvaluation("f", "x".repeat(1_025), "on", undefined);
    await fixture.events.flush();
    expect(fixture.api.received.map((event) => event.userId?.length)).toEqual([1_024, undefined]);
    expect(fixture.warnings).toEqual([
      'Event "f" sent without its user id: it is longer than 1,024 characters',
    ]);
  });

  it("recordEvaluation() warns once per interval of a flood of bad events, and then says how many (contract §5)", async () => {
    const fixture = createFixture();
    const record = (): void => fixture.events.recordEvaluation("f", "x".repeat(2_000), "on", undefined);
    for (let count = 0; count < 50; count++) record();
    expect(fixture.warnings).toHaveLength(1);
    await fixture.scheduler.advance(30_000);
    record();
    expect(fixture.warnings).toHaveLength(2);
    expect(fixture.warnings[1]).toContain("49 more");
  });

  it("recordEvaluation() leaves out what has no name, and its batch survives", async () => {
    const fixture = createFixture();
    const { recordEvaluation } = fixture.events;
    Reflect.apply(recordEvaluation, fixture.events, [undefined, undefined, "on", undefined]);
    fixture.evaluate(1);
    expect(await receiveOne(fixture)).toMatchObject({ flagKey: "0" });
    expect(fixture.warnings).toEqual(["Event dropped: its name must be a string, but is undefined"]);
  });

  it('recordEvaluation() with "unique" records a flag, user and variation once per interval (contract §5)', async () => {
    const fixture = createFixture({ evaluationEvents: "unique" });
    const { events, scheduler, api } = fixture;
    const record = (flag: string, user: string | undefined, variation: string | undefined): void =>
      events.recordEvaluation(flag, user, variation, undefined);
    for (let round = 0; round < 3; round++) {
      record("f", "alice", "on");
      record("f", "bob", "on");
      record("f", "alice", "off");
      record("g", "alice", "on");
      record("g", undefined, undefined);
    }
    await scheduler.advance(29_999);
    record("f", "alice", "on");
    await scheduler.advance(1);
    expect(api.received).toHaveLength(5);
    record("f", "alice", "on");
    await events.flush();
    expect(api.received).toHaveLength(6);
  });

  it('recordEvaluation() with "none" records nothing, other events go (contract §5)', async () => {
    const fixture = createFixture({ evaluationEvents: "none" });
    expect(fixture.events.recordsEvaluations).toBe(false);
    expect(createFixture({ evaluationEvents: "unique" }).events.recordsEvaluations).toBe(true);
    fixture.evaluate(10);
    expect(fixture.scheduler.armed).toBe(0);
    fixture.events.recordCustom("bought", undefined, undefined);
    expect(await receiveOne(fixture)).toStrictEqual({ type: "Custom", flagKey: "bought", timestamp: NOW });
  });
});

describe("recordCustom()", () => {
  it("recordCustom() carries the metadata as it was at the call (contract §5)", async () => {
    const fixture = createFixture();
    const metadata = { amount: 9.99, tags: ["a", null], deep: { n: 0 }, none: undefined };
    fixture.events.recordCustom("bought", "alice", metadata);
    metadata.amount = 0;
    metadata.deep.n = 7;
    expect(await receiveOne(fixture)).toStrictEqual({
      type: "Custom",
      flagKey: "bought",
      userId: "alice",
      timestamp: NOW,
      metadata: { amount: 9.99, tags: ["a", null], deep: { n: 0 } },
    });
  });

  it.each([["undefined", undefined], ["null", null], ["an empty object", {}]])(
    "recordCustom() leaves metadata out when it is %s, without a word (contract §5)",
    async (_name, metadata) => {
      const fixture = createFixture();
      fixture.events.recordCustom("signup", undefined, metadata);
      expect(await receiveOne(fixture)).toStrictEqual({ type: "Custom", flagKey: "signup", timestamp: NOW });
      expect(fixture.warnings).toEqual([]);
    },
  );

  it("recordCustom() loses poison metadata alone, with a warning (contract §5)", async () => {
    const fixture = createFixture();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    fixture.events.recordCustom("before", "alice", { n: 1 });
    fixture.events.recordCustom("poison", "alice", cycle);
    fixture.events.recordCustom("after", "alice", { n: 2 });
    await fixture.events.flush();
    expect(fixture.api.received).toStrictEqual([
      { type: "Custom", flagKey: "before", userId: "alice", timestamp: NOW, metadata: { n: 1 } },
      { type: "Custom", flagKey: "poison", userId: "alice", timestamp: NOW },
      { type: "Custom", flagKey: "after", userId: "alice", timestamp: NOW, metadata: { n: 2 } },
    ]);
    expect(fixture.warnings).toEqual([
      'Event "poison" sent without its metadata: it cannot be serialized',
    ]);
  });

  it("recordCustom() keeps private names out of the metadata (contract §7)", async () => {
    const fixture = createFixture({ privateAttributes: ["email"] });
    fixture.events.recordCustom("bought", undefined, { email: "a@b.c", amount: 1, buyer: { email: "kept" } });
    expect((await receiveOne(fixture)).metadata).toStrictEqual({ amount: 1, buyer: { email: "kept" } });
  });
});

describe("recordIdentify()", () => {
  it("recordIdentify() carries all attributes but the user id, in both spellings (contract §5)", async () => {
    const fixture = createFixture();
    fixture.events.recordIdentify("7", {
      user_id: 7,
      userId: 8,
      UserId: "x",
      plan: null,
      beta: false,
      since: new Date(0),
      type: "x",
      metadata: { user_id: "kept" },
    });
    expect(await receiveOne(fixture)).toStrictEqual({
      type: "Identify",
      flagKey: "$identify",
      userId: "7",
      timestamp: NOW,
      metadata: {
        UserId: "x",
        plan: null,
        beta: false,
        since: "1970-01-01T00:00:00.000Z",
        type: "x",
        metadata: { user_id: "kept" },
      },
    });
  });

  it("recordIdentify() leaves metadata out when nothing but the user id is there (contract §5)", async () => {
    const fixture = createFixture();
    fixture.events.recordIdentify("alice", { user_id: "alice" });
    expect(await receiveOne(fixture)).toStrictEqual({
      type: "Identify",
      flagKey: "$identify",
      userId: "alice",
      timestamp: NOW,
    });
  });

  it("recordIdentify() keeps private attributes at home (contract §7)", async () => {
    const named = createFixture({ privateAttributes: ["email", "__proto__"] });
    named.events.recordIdentify(
      "a",
      JSON.parse('{"email":"a@b.c","plan":"pro","__proto__":1,"constructor":2}'),
    );
    const { metadata } = await receiveOne(named);
    expect(Object.entries(metadata ?? {})).toEqual([["plan", "pro"], ["constructor", 2]]);

    const all = createFixture({ privateAttributes: ["*"] });
    all.events.recordIdentify("a", { email: "a@b.c", plan: "pro" });
    expect(await receiveOne(all)).not.toHaveProperty("metadata");
  });
});

describe("EventProcessor", () => {
  it("no method throws when the logger does", async () => {
    const events = createEventProcessor({
      http: { postEvents: () => Promise.resolve() },
      scheduler: new ManualScheduler(),
      logger: {
        debug() {},
        info() {},
        warn() {
          throw new Error("out of disk");
        },
        error() {},
      },
      flushInterval: 30_000,
      flushBatchSize: 100,
      connectTimeout: 5_000,
      evaluationEvents: "all",
      privateAttributes: [],
      hasBackground: true,
    });
    events.recordCustom("poison", "x".repeat(9_999), { poison: 1n });
    await events.flush();
    expect(events.counters().sent).toBe(1);
  });

  it("an idle processor has no timer, and none is left when the events have gone (contract §6)", async () => {
    const { events, scheduler, evaluate } = createFixture();
    expect(scheduler.armed).toBe(0);
    evaluate(3);
    expect(scheduler.armed).toBe(1);
    expect(scheduler.keepingAlive).toBe(0);
    await events.flush();
    expect(scheduler.armed).toBe(0);
  });

  it("counters tell what has become of each event (contract §5)", async () => {
    const { events, evaluate } = createFixture();
    evaluate(3);
    expect(events.counters()).toEqual({
      sent: 0,
      waiting: 3,
      shed: NONE_SHED,
      dropped: { rejected: 0, closed: 0 },
    });
    await events.flush();
    evaluate(1);
    expect(events.counters()).toEqual({
      sent: 3,
      waiting: 1,
      shed: NONE_SHED,
      dropped: { rejected: 0, closed: 0 },
    });
  });

  it("close() is the end: nothing is recorded after it (contract §5)", async () => {
    const { events, api, evaluate } = createFixture();
    await events.close();
    evaluate(5);
    events.recordCustom("late", undefined, { poison: 1n });
    events.recordIdentify("a", {});
    await events.flush();
    await events.close();
    expect(api.requests).toEqual([]);
    expect(events.counters()).toEqual({
      sent: 0,
      waiting: 0,
      shed: NONE_SHED,
      dropped: { rejected: 0, closed: 0 },
    });
  });
});
