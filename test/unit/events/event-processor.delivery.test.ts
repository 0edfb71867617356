import { describe, expect, it } from "vitest";
import type { EventProcessorOptions } from "../../../src/events/event-processor.ts";
import { settle } from "../../support/manual-scheduler.ts";
import { createFixture, keys } from "./fixture.ts";

const SECOND = 1_000;
const INTERVAL = 30 * SECOND;
/** How often a request asks whether another one has done delivering. */
const LEASE_POLL = 50;
/** The clock's start. */
const START = Date.UTC(2026, 0, 1);

const NONE_SHED = { repeats: 0, evaluations: 0, others: 0 };
const UNAVAILABLE = { status: 503 };
const REJECTED = { status: 401, keyRejected: true };

describe("when events leave (contract §5)", () => {
  it("events leave when the oldest has waited for the interval, in the order they came", async () => {
    const { api, scheduler, evaluate } = createFixture();
    evaluate(2);
    await scheduler.advance(20 * SECOND);
    evaluate(1, 2);
    await scheduler.advance(10 * SECOND - 1);
    expect(api.keys).toEqual([]);
    await scheduler.advance(1);
    expect(api.keys).toEqual([["0", "1", "2"]]);
    expect(api.timeouts).toEqual([5_009]); // connectTimeout, and 1 s for each 32 KiB of 280 bytes
  });

  it("a full batch leaves at once, and never within a variation() call", async () => {
    const { api, scheduler, evaluate } = createFixture();
    evaluate(99);
    await scheduler.advance(0);
    expect(api.keys).toEqual([]);
    evaluate(1, 99);
    expect(api.keys).toEqual([]);
    await scheduler.advance(0);
    expect(api.keys).toEqual([keys(0, 100)]);
  });

  it("full batches leave one a second at most", async () => {
    const { api, scheduler, evaluate } = createFixture();
    for (let tick = 0; tick < 50; tick++) {
      evaluate(15, tick * 15);
      await scheduler.advance(100);
    }
    const gaps = api.times.slice(1).map((time, index) => time - api.times[index]!);
    expect(Math.min(...gaps)).toBe(SECOND);
    expect(Math.max(...api.requests.map((events) => events.length))).toBe(100);
    expect(api.receivedKeys).toEqual(keys(0, api.received.length));
  });

  it("a backlog leaves in requests of up to ten batches, and of twice as many while it stays", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    evaluate(2_500);
    await scheduler.advance(0);
    expect(api.keys).toEqual([keys(0, 1_000)]);
    await events.flush();
    expect(api.requests.map((request) => request.length)).toEqual([1_000, 1_500]);
    expect(api.receivedKeys).toEqual(keys(0, 2_500));
  });

  it("a few batches are no backlog: flush() sends them one by one", async () => {
    const { api, events, evaluate } = createFixture();
    evaluate(250);
    await events.flush();
    expect(api.requests.map((request) => request.length)).toEqual([100, 100, 50]);
  });

  it("a request has at most 1,000,000 bytes, however few events that is", async () => {
    const { api, events } = createFixture();
    const metadata = { text: "x".repeat(16_000) };
    for (let count = 0; count < 100; count++) events.recordCustom("large", undefined, metadata);
    await events.flush();
    expect(api.requests.length).toBeGreaterThan(1);
    const bytes = api.requests.map((request) => JSON.stringify({ events: request }).length);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(1_000_000);
    expect(Math.max(...bytes)).toBeGreaterThan(980_000);
    expect(api.received).toHaveLength(100);
  });

  it("only one request is under way at a time", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.latency = 700;
    evaluate(450);
    const flushes = [events.flush(), events.flush(), events.close()];
    await scheduler.advance(10 * SECOND);
    await Promise.all(flushes);
    expect(api.mostOpen).toBe(1);
    expect(api.receivedKeys).toEqual(keys(0, 450));
  });

  it("a batch of more than can wait leaves when no more can", async () => {
    const { api, scheduler, evaluate } = createFixture({ flushBatchSize: 1_000_000 });
    evaluate(9_999);
    await scheduler.advance(SECOND);
    expect(api.requests).toHaveLength(0);
    evaluate(1, 9_999);
    await scheduler.advance(0);
    expect(api.requests.length).toBeGreaterThan(0);
  });

  it("a clock that is set back delays nothing beyond the interval", async () => {
    const { api, scheduler, evaluate } = createFixture();
    evaluate(100);
    await scheduler.advance(0);
    scheduler.jump(-3_600 * SECOND);
    evaluate(100, 100);
    await scheduler.advance(SECOND);
    expect(api.requests).toHaveLength(2);
    evaluate(1, 200);
    scheduler.jump(-3_600 * SECOND);
    await scheduler.advance(INTERVAL);
    expect(api.receivedKeys).toEqual(keys(0, 201));
  });
});

describe("when a request fails (contract §5)", () => {
  it.each([
    ["500", { status: 500 }],
    ["503", UNAVAILABLE],
    ["404", { status: 404 }],
    ["a redirect", { status: 302 }],
    ["a firewall's 403", { status: 403 }],
    ["a network error", {}],
    ["a lost answer", "lost answer" as const],
  ])("%s: the batch stays at the front and goes again at the next interval", async (_name, failure) => {
    const { api, events, scheduler, warnings, evaluate } = createFixture();
    api.answer = () => failure;
    evaluate(100);
    await scheduler.advance(0);
    expect(events.counters().waiting).toBe(100);
    api.answer = () => "accept";
    evaluate(150, 100);
    await scheduler.advance(INTERVAL - 1);
    expect(api.requests).toHaveLength(1);
    await scheduler.advance(1);
    expect(api.keys.slice(1)).toEqual([keys(0, 250)]);
    expect(events.counters()).toMatchObject({ sent: 250, waiting: 0 });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^Event delivery failed, next attempt in 30 s: /);
  });

  it("a time-out counts as a failure, and the next attempt waits for an interval", async () => {
    const { api, scheduler, evaluate } = createFixture();
    api.answer = () => "hang";
    evaluate(1);
    await scheduler.advance(INTERVAL);
    api.answer = () => "accept";
    await scheduler.advance(5 * SECOND + INTERVAL - 1);
    expect(api.requests).toHaveLength(1);
    await scheduler.advance(SECOND);
    expect(api.receivedKeys).toEqual(["0"]);
  });

  it("a batch that is too large for a slow network becomes smaller until it arrives", async () => {
    const { api, scheduler, events } = createFixture();
    // 20 bytes a ms: 350 kB take 17.5 s and have 15.7 s.
    api.answer = (sent) => JSON.stringify(sent).length > 20 * api.timeouts.at(-1)! ? "hang" : "accept";
    for (let key = 0; key < 100; key++) events.recordCustom(String(key), "u", { text: "x".repeat(3_400) });
    await scheduler.advance(2 * INTERVAL);
    expect(api.requests.map(({ length }) => length)).toEqual([100, 50, 50]);
    expect(api.receivedKeys).toEqual(keys(0, 100));
  });

  it("Retry-After is honoured, by full batches and by flush()", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.answer = () => ({ status: 429, retryAfter: 60 * SECOND });
    evaluate(100);
    await scheduler.advance(0);
    api.answer = () => "accept";
    evaluate(500, 100);
    await scheduler.advance(2 * SECOND);
    await events.flush(); // 60 s are more than it may wait: settles at once
    await scheduler.advance(58 * SECOND - 1);
    expect(api.requests).toHaveLength(1);
    await scheduler.advance(1);
    expect(api.receivedKeys).toEqual(keys(0, 600));
  });

  it("Retry-After: 0 does not become a loop", async () => {
    const { api, scheduler, evaluate } = createFixture();
    api.answer = () => ({ status: 503, retryAfter: 0 });
    evaluate(100);
    await scheduler.advance(10 * SECOND);
    expect(api.requests).toHaveLength(11);
  });

  it("a rejected key rests 30 s five times and then 5 minutes, and the events wait (contract §1)", async () => {
    const { api, events, scheduler, warnings, evaluate } = createFixture({ flushInterval: SECOND });
    api.answer = () => REJECTED;
    evaluate(10);
    await scheduler.advance(1_000 * SECOND);
    const seconds = api.times.map((time) => (time - START) / SECOND);
    expect(seconds).toEqual([1, 31, 61, 91, 121, 151, 451, 751]);
    expect(events.counters().waiting).toBe(10);
    expect(warnings).toHaveLength(1);
    api.answer = () => "accept";
    await events.flush(); // the caller wants to know now
    expect(api.receivedKeys).toEqual(keys(0, 10));
    api.answer = () => REJECTED;
    evaluate(1, 10);
    await scheduler.advance(31 * SECOND);
    expect(api.times.at(-1)! - api.times.at(-2)!).toBe(30 * SECOND); // counted anew
  });

  it("an outage is warned about once, however long it is, and once again when the next one comes", async () => {
    const { api, scheduler, warnings, evaluate } = createFixture();
    api.answer = () => UNAVAILABLE;
    evaluate(1);
    await scheduler.advance(10 * INTERVAL);
    expect(api.requests).toHaveLength(10);
    expect(warnings).toHaveLength(1);
    api.answer = () => "accept";
    await scheduler.advance(INTERVAL);
    api.answer = () => UNAVAILABLE;
    evaluate(1);
    await scheduler.advance(INTERVAL);
    expect(warnings).toHaveLength(2);
  });
});

describe("when the service refuses a batch (contract §5)", () => {
  /** Refuses every request with one of these keys in it, as a service does that validates all or nothing. */
  function guilty(status: number, ...names: string[]) {
    return (events: readonly { readonly flagKey: string }[]): "accept" | { status: number } =>
      events.some((event) => names.includes(event.flagKey)) ? { status } : "accept";
  }

  it.each([400, 413, 422])(
    "%i: the batch is halved down to the guilty event, which alone is dropped",
    async (status) => {
      const { api, events, warnings, evaluate } = createFixture();
      api.answer = guilty(status, "63");
      evaluate(100);
      await events.flush();
      expect(api.receivedKeys).toEqual(keys(0, 100).filter((key) => key !== "63"));
      expect(events.counters()).toEqual({
        sent: 99,
        waiting: 0,
        shed: NONE_SHED,
        dropped: { rejected: 1, closed: 0 },
      });
      expect(api.requests.slice(0, 3).map((request) => request.length)).toEqual([100, 50, 25]);
      expect(api.requests.length).toBeLessThan(20);
      expect(warnings).toEqual(['Event "63" dropped, the service refuses it: The service said no']);
    },
  );

  it.each([[["0"]], [["99"]], [["0", "1", "50", "98", "99"]], [keys(0, 40)]])(
    "guilty events %j go, all the others arrive in order",
    async (names) => {
      const { api, events, scheduler, evaluate } = createFixture();
      api.answer = guilty(400, ...names);
      evaluate(100);
      await scheduler.advance(15 * 60 * SECOND);
      expect(api.receivedKeys).toEqual(keys(0, 100).filter((key) => !names.includes(key)));
      expect(events.counters()).toMatchObject({ waiting: 0, dropped: { rejected: names.length } });
      for (const time of api.times) {
        const searches = api.times.filter((other) => other > time && other <= time + 60 * SECOND);
        expect(searches.length).toBeLessThanOrEqual(30);
      }
    },
  );

  it("a batch that left by itself is sorted out in one go", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.answer = guilty(400, "80");
    evaluate(100);
    await scheduler.advance(0);
    expect(events.counters()).toMatchObject({ sent: 99, waiting: 0, dropped: { rejected: 1 } });
  });

  it("a service that refuses everything costs some 30 requests a minute, and the events wait", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.answer = () => ({ status: 400 });
    evaluate(2_000);
    await scheduler.advance(5 * 60 * SECOND);
    expect(api.requests.length).toBeLessThan(5 * 45);
    const { waiting, dropped } = events.counters();
    expect(waiting + dropped.rejected).toBe(2_000);
    expect(waiting).toBeGreaterThan(1_900);
    api.answer = () => "accept";
    await scheduler.advance(5 * 60 * SECOND);
    expect(events.counters()).toMatchObject({ sent: waiting, waiting: 0 });
  });

  it("suspects wait aside, and everything else goes on", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.answer = guilty(400, ...keys(0, 100));
    evaluate(100);
    await scheduler.advance(2 * SECOND);
    expect(events.counters().waiting).toBeGreaterThan(80);
    evaluate(100, 100);
    await scheduler.advance(2 * SECOND);
    expect(api.receivedKeys).toEqual(keys(100, 200));
  });

  it("a batch all of whose parts are accepted was too large: for 10 minutes none has more than half", async () => {
    const { api, scheduler, evaluate } = createFixture();
    api.answer = (batch) => batch.length > 60 ? { status: 400 } : "accept";
    evaluate(100);
    await scheduler.advance(SECOND);
    expect(api.receivedKeys).toEqual(keys(0, 100));
    api.requests.length = 0;
    evaluate(100, 100);
    await scheduler.advance(2 * INTERVAL);
    expect(api.requests.map((batch) => batch.length)).toEqual([50, 50]);
    await scheduler.advance(600 * SECOND);
    api.requests.length = 0;
    evaluate(100, 200);
    await scheduler.advance(0);
    expect(api.requests[0]).toHaveLength(100);
  });

  it("a failure while a batch is taken apart loses nothing", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    const refuse = guilty(400, "63");
    api.answer = (batch) => api.requests.length === 4 ? UNAVAILABLE : refuse(batch);
    evaluate(100);
    await scheduler.advance(INTERVAL);
    expect(api.receivedKeys).toEqual(keys(0, 100).filter((key) => key !== "63"));
    expect(events.counters()).toMatchObject({ sent: 99, waiting: 0 });
  });
});

describe("when too many wait (contract §5)", () => {
  it("the oldest evaluations go, a tenth at a time, counted, with one warning of the rate and the remedy", async () => {
    const { api, events, scheduler, warnings, evaluate } = createFixture();
    for (let count = 0; count < 25; count++) {
      evaluate(1_000, 1_000 * count);
      scheduler.jump(100);
    }
    expect(events.counters()).toEqual({
      sent: 0,
      waiting: 10_000,
      shed: { repeats: 0, evaluations: 15_000, others: 0 },
      dropped: { rejected: 0, closed: 0 },
    });
    expect(warnings).toEqual([
      "Event queue full: 1000 events shed at about 10000 events/s (in all 0 repeats, 1000 evaluations, 0 others): " +
      `raise 'flushBatchSize', or set 'evaluationEvents' to "unique" or "hourly"`,
    ]);
    await scheduler.advance(0);
    await events.flush();
    expect(api.receivedKeys).toEqual(keys(15_000, 25_000));
  });

  it("repeats of waiting evaluations go first, and no other if they are a tenth", async () => {
    const { api, events, evaluate } = createFixture();
    evaluate(9_000);
    for (let count = 0; count < 1_000; count++) evaluate(1, 4_000);
    evaluate(1, 9_000);
    expect(events.counters().shed).toEqual({ repeats: 1_000, evaluations: 0, others: 0 });
    await events.flush();
    expect(api.receivedKeys.map(Number)).toEqual(keys(0, 9_001).map(Number));
  });

  it("Custom and Identify events stay as long as an evaluation waits", async () => {
    const { api, events, evaluate } = createFixture();
    for (let count = 0; count < 60; count++) {
      events.recordCustom(`custom ${count}`, "u", undefined);
      events.recordIdentify(`user ${count}`, { plan: "pro" });
      evaluate(1_000, 1_000 * count);
    }
    await events.flush();
    expect(api.received.filter(({ type }) => type === "Custom")).toHaveLength(60);
    expect(api.received.filter(({ type }) => type === "Identify")).toHaveLength(60);
    expect(events.counters().shed.others).toBe(0);
  });

  it("what is being sent is not shed, and what follows it waits its turn", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.latency = SECOND;
    api.answer = () => UNAVAILABLE;
    evaluate(100);
    await scheduler.advance(0);
    evaluate(10_050, 100);
    expect(events.counters()).toMatchObject({ waiting: 9_150, shed: { evaluations: 1_000 } });
    await scheduler.advance(SECOND);
    api.answer = () => "accept";
    await scheduler.advance(INTERVAL + 20 * SECOND);
    expect(api.receivedKeys).toEqual([...keys(0, 100), ...keys(1_100, 10_150)]);
    expect(events.counters()).toMatchObject({ sent: 9_150, waiting: 0, shed: { evaluations: 1_000 } });
  });

  it("at most 8 MiB wait, and an event that would never fit displaces none", () => {
    const { events } = createFixture();
    const metadata = { text: "x".repeat(16_000) };
    for (let count = 0; count < 1_000; count++) events.recordCustom("large", undefined, metadata);
    const { waiting, shed } = events.counters();
    expect(waiting).toBeGreaterThan(500);
    expect(waiting * 16_000).toBeLessThan(8 * 1024 * 1024);
    expect(waiting + shed.others).toBe(1_000);
    events.recordCustom("x".repeat(1_000_000), undefined, undefined);
    expect(events.counters()).toMatchObject({ waiting, shed: { others: shed.others + 1 } });
  });

  it("shedding is reported once per interval, in a long pause too", async () => {
    const { api, events, scheduler, warnings, evaluate } = createFixture();
    api.answer = () => ({ status: 503, retryAfter: 600 * SECOND });
    evaluate(100);
    await scheduler.advance(0);
    warnings.length = 0;
    evaluate(9_900);
    for (let tick = 0; tick < 90; tick++) {
      evaluate(1_000, 10_000 + 1_000 * tick);
      await scheduler.advance(SECOND);
    }
    expect(warnings).toHaveLength(3);
    expect(warnings[1]).toContain("30000 events shed at about 1000 events/s");
    expect(events.counters().shed.evaluations + events.counters().shed.repeats).toBe(90_000);
  });

  it("what has not been reported yet is reported by close()", async () => {
    const { events, warnings, evaluate } = createFixture();
    evaluate(10_001);
    evaluate(5_000, 10_001);
    await events.close();
    expect(warnings.map((warning) => Number(/(\d+) events shed/.exec(warning)?.[1]))).toEqual([1_000, 5_000]);
  });
});

describe("flush() (contract §5, §6)", () => {
  it("flush() settles at once when nothing waits", async () => {
    const { events, scheduler, api } = createFixture();
    await events.flush();
    expect([scheduler.armed, api.requests.length]).toEqual([0, 0]);
  });

  it("flush() covers what waited when it was called, what is under way included", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.latency = SECOND;
    evaluate(100);
    await scheduler.advance(0); // the batch is under way
    evaluate(5, 100);
    let settled = false;
    const flush = events.flush().then(() => settled = true);
    evaluate(200, 105); // not the flush's concern
    await scheduler.advance(SECOND);
    expect(settled).toBe(false);
    await scheduler.advance(SECOND);
    expect(settled).toBe(true);
    await flush;
    expect(api.receivedKeys.slice(0, 105)).toEqual(keys(0, 105));
    await scheduler.advance(60 * SECOND);
    expect(api.receivedKeys).toEqual(keys(0, 305));
  });

  it("flush() attempts even when the last attempt has just failed, and settles when its own fails too", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.answer = () => UNAVAILABLE;
    evaluate(100);
    await scheduler.advance(0);
    await events.flush();
    expect(api.requests).toHaveLength(2);
    expect(events.counters().waiting).toBe(100);
    api.answer = () => "accept";
    await events.flush();
    expect(events.counters().sent).toBe(100);
    expect(scheduler.armed).toBe(0);
  });

  it("flush() waits for a retry that comes before its time-out", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.answer = () => api.requests.length === 1 ? { status: 503, retryAfter: 3 * SECOND } : "accept";
    evaluate(10);
    let settled = false;
    void events.flush().then(() => settled = true);
    await scheduler.advance(3 * SECOND - 1);
    expect(settled).toBe(false);
    await scheduler.advance(1);
    expect(settled).toBe(true);
    expect(events.counters().sent).toBe(10);
    expect(scheduler.armed).toBe(0);
  });

  it("flush() is over after its time-out, though the clock was set back meanwhile (contract §6)", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.answer = () => ({ ...UNAVAILABLE, retryAfter: 2 * SECOND });
    evaluate(1);
    const done = events.flush(5 * SECOND);
    await scheduler.advance(SECOND);
    scheduler.jump(-3_600 * SECOND);
    await scheduler.advance(4 * SECOND);
    await done;
    await scheduler.advance(30 * SECOND);
    expect(scheduler.keepingAlive).toBe(0);
  });

  it("flush() calls at one time share their attempts: a server that is down is not asked once for each", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.latency = SECOND;
    api.answer = () => UNAVAILABLE;
    evaluate(10);
    const flushes = Array.from({ length: 20 }, () => events.flush());
    await scheduler.advance(2 * SECOND);
    await Promise.all(flushes);
    expect(api.requests).toHaveLength(1); // it began after all the calls
  });

  it.each([[undefined, 10_000], [50, 50]])(
    "flush({ timeout: %s }) gives a hanging server %i ms",
    async (timeout, most) => {
      const { api, events, scheduler, evaluate } = createFixture({ connectTimeout: 15_000 });
      api.answer = () => "hang";
      evaluate(10);
      let settled = false;
      void events.flush(timeout).then(() => settled = true);
      await scheduler.advance(most - 1);
      expect([settled, scheduler.keepingAlive]).toEqual([false, 1]);
      await scheduler.advance(1);
      expect([settled, scheduler.keepingAlive]).toEqual([true, 0]);
      expect(events.counters().waiting).toBe(10);
      await scheduler.advance(16 * SECOND); // the request itself ends at its own time-out
      expect(api.open).toBe(0);
    },
  );
});

describe("close() (contract §5, §6)", () => {
  it("close() sends all that waits in large requests and leaves no timer", async () => {
    const { api, events, scheduler, warnings, evaluate } = createFixture();
    evaluate(1_500);
    await events.close();
    expect(api.requests.map((request) => request.length)).toEqual([1_000, 500]);
    expect(scheduler.armed).toBe(0);
    expect(warnings).toEqual([]);
  });

  it("close() has no time for small requests", async () => {
    const { api, events, evaluate } = createFixture();
    evaluate(250);
    await events.close();
    expect(api.requests.map((request) => request.length)).toEqual([250]);
  });

  it("close() tries again as long as its time allows, and then drops the rest: counted, with a warning", async () => {
    const { api, events, scheduler, warnings, evaluate } = createFixture();
    api.answer = () => UNAVAILABLE;
    evaluate(1_500);
    const closed = events.close();
    await scheduler.advance(5 * SECOND);
    await closed;
    expect(api.times.map((time) => time - START)).toEqual([0, 100, 300, 700, 1_500, 3_100, 4_700]);
    expect(events.counters()).toEqual({
      sent: 0,
      waiting: 0,
      shed: NONE_SHED,
      dropped: { rejected: 0, closed: 1_500 },
    });
    expect(warnings).toEqual(["1500 events dropped: not sent within the time limit of close()"]);
    expect(scheduler.armed).toBe(0);
  });

  it("close() tries again when the connection was reset, and delivers", async () => {
    const { api, events, scheduler, warnings, evaluate } = createFixture();
    api.answer = () => api.requests.length <= 2 ? {} : "accept";
    evaluate(10);
    const closed = events.close();
    await scheduler.advance(SECOND);
    await closed;
    expect(events.counters()).toMatchObject({ sent: 10, dropped: { closed: 0 } });
    expect(warnings).toEqual([]);
  });

  it("close() does not try again when the key is rejected", async () => {
    const { api, events, evaluate } = createFixture();
    api.answer = () => REJECTED;
    evaluate(10);
    await events.close();
    expect(api.requests).toHaveLength(1);
  });

  it.each([[undefined, 5_000], [500, 500]])(
    "close({ timeout: %s }) takes %i ms at most, its request too",
    async (timeout, most) => {
      const { api, events, scheduler, evaluate } = createFixture();
      api.answer = () => "hang";
      evaluate(10);
      let settled = false;
      void events.close(timeout).then(() => settled = true);
      await scheduler.advance(most - 1);
      expect(settled).toBe(false);
      await scheduler.advance(1);
      expect(settled).toBe(true);
      expect(api.timeouts).toEqual([most]);
      expect([api.open, scheduler.armed]).toEqual([0, 0]);
      expect(events.counters().dropped.closed).toBe(10);
    },
  );

  it("close() tries even in a pause that outlasts it, and waits for one that does not", async () => {
    for (const [retryAfter, due] of [[60 * SECOND, 0], [2 * SECOND, 2 * SECOND]] as const) {
      const { api, events, scheduler, evaluate } = createFixture();
      api.answer = () => ({ status: 429, retryAfter });
      evaluate(100);
      await scheduler.advance(0);
      api.answer = () => "accept";
      const closed = events.close();
      await scheduler.advance(5 * SECOND);
      await closed;
      expect(api.times.map((time) => time - START)).toEqual([0, due]);
      expect(events.counters().sent).toBe(100);
    }
  });

  it("close() attempts again when the request under way fails", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.latency = SECOND;
    api.answer = () => api.requests.length === 1 ? UNAVAILABLE : "accept";
    evaluate(100);
    await scheduler.advance(0);
    const closed = events.close();
    await scheduler.advance(2 * SECOND);
    await closed;
    expect(events.counters().sent).toBe(100);
  });

  it("close() ends every flush() that still waits, and a late answer changes nothing", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.latency = 8 * SECOND;
    evaluate(10);
    let settled = false;
    void events.flush().then(() => settled = true);
    await settle();
    const closed = events.close(SECOND);
    await scheduler.advance(SECOND);
    await closed;
    expect(settled).toBe(true);
    expect(scheduler.keepingAlive).toBe(0);
    const counters = events.counters();
    expect(counters).toEqual({ sent: 0, waiting: 0, shed: NONE_SHED, dropped: { rejected: 0, closed: 10 } });
    await scheduler.advance(10 * SECOND);
    expect(events.counters()).toEqual(counters);
    expect(scheduler.armed).toBe(0);
  });

  it("close() is the end for a request that is refused later: no event is warned of", async () => {
    const { api, events, scheduler, evaluate, warnings } = createFixture();
    api.latency = 4 * SECOND;
    api.answer = () => ({ status: 400 });
    evaluate(1);
    void events.flush();
    await settle();
    const closed = events.close(SECOND);
    await scheduler.advance(10 * SECOND);
    await closed;
    expect(warnings).toEqual(["1 events dropped: not sent within the time limit of close()"]);
    expect(events.counters().dropped).toEqual({ rejected: 0, closed: 1 });
  });

  it("close() twice is close() once: the second waits for the same end", async () => {
    const { api, events, scheduler, evaluate } = createFixture();
    api.latency = SECOND;
    evaluate(10);
    const both = Promise.all([events.close(), events.close()]);
    await scheduler.advance(SECOND);
    await both;
    await events.close();
    expect(api.requests).toHaveLength(1);
    expect(events.counters().sent).toBe(10);
  });
});

describe("on request-scoped runtimes (contract §6.1)", () => {
  /** A host whose `waitUntil` is there only while a request is. */
  function createEdgeFixture(options: Partial<EventProcessorOptions> = {}) {
    const promised: Promise<unknown>[] = [];
    const host = { waitUntil: (work: Promise<unknown>): void => void promised.push(work) };
    let present = true;
    const fixture = createFixture({
      hasBackground: false,
      waitUntil: () => present ? host.waitUntil : undefined,
      ...options,
    });
    return {
      ...fixture,
      promised,
      enterRequest: (): void => void (present = true),
      leaveRequest: (): void => void (present = false),
    };
  }

  it("outside of a request no timer is armed, and events wait", async () => {
    const { api, scheduler, promised, leaveRequest, evaluate } = createEdgeFixture();
    leaveRequest();
    evaluate(200);
    await scheduler.advance(INTERVAL);
    expect([scheduler.armed, promised.length, api.requests.length]).toEqual([0, 0, 0]);
  });

  it("the last request of an isolate sends an incomplete batch within the interval", async () => {
    const { api, scheduler, promised, evaluate } = createEdgeFixture({ flushInterval: 5 * SECOND });
    evaluate(3);
    expect(promised).toHaveLength(1);
    await scheduler.advance(5 * SECOND - 1);
    expect(api.requests).toHaveLength(0);
    await scheduler.advance(1);
    await promised[0];
    expect(api.keys).toEqual([keys(0, 3)]);
    expect(scheduler.armed).toBe(0);
  });

  it("one request at a time stays behind for events, for 20 s at most", async () => {
    const { api, scheduler, promised, evaluate } = createEdgeFixture();
    for (let second = 0; second < 60; second++) {
      evaluate(1, second);
      await scheduler.advance(SECOND);
    }
    expect(promised).toHaveLength(3);
    await Promise.all(promised);
    expect(api.keys).toEqual([keys(0, 20), keys(20, 40), keys(40, 60)]);
  });

  it("a request that is cancelled while it stays behind is relieved by the next once its time is over", async () => {
    const { api, scheduler, promised, evaluate } = createEdgeFixture();
    evaluate(1);
    const { after } = scheduler;
    scheduler.after = () => () => {}; // cancelled with its request: never fires
    await scheduler.advance(0);
    scheduler.after = after;
    await scheduler.advance(20 * SECOND - 1);
    evaluate(1, 1);
    expect(promised).toHaveLength(1);
    await scheduler.advance(1);
    evaluate(1, 2);
    expect(promised).toHaveLength(2);
    await scheduler.advance(20 * SECOND);
    await promised[1];
    expect(api.keys).toEqual([keys(0, 3)]);
  });

  it("a request whose waitUntil counts for nothing any more is relieved by all that record meanwhile", async () => {
    const { api, scheduler, promised, evaluate } = createEdgeFixture();
    const { after } = scheduler;
    scheduler.after = () => () => {}; // its client has gone, and no timer of it ever fires
    evaluate(2);
    scheduler.after = after;
    expect(promised).toHaveLength(1);
    for (let request = 0; request < 3; request++) {
      scheduler.jump(1);
      evaluate(1, 2 + request);
    }
    expect(promised).toHaveLength(4);
    await scheduler.advance(20 * SECOND);
    await Promise.all(promised.slice(1));
    expect(api.keys).toEqual([keys(0, 5)]);
  });

  it("a delivery of a request whose waitUntil counts for nothing any more keeps others off for a second", async () => {
    const { api, events, scheduler, evaluate } = createEdgeFixture();
    const { after } = scheduler;
    scheduler.after = () => () => {};
    api.postEvents = () => new Promise(() => {});
    evaluate(100);
    await settle();
    Reflect.deleteProperty(api, "postEvents");
    scheduler.after = after;
    let flushed = false;
    void events.flush().then(() => flushed = true);
    await scheduler.advance(SECOND - 1);
    expect([flushed, api.requests.length]).toEqual([false, 0]);
    await scheduler.advance(LEASE_POLL);
    expect([flushed, api.receivedKeys.length]).toEqual([true, 100]);
  });

  it("what is recorded while a delivery is under way is seen to, by one request", async () => {
    const { api, scheduler, promised, evaluate } = createEdgeFixture({ flushInterval: 5 * SECOND });
    evaluate(1);
    await scheduler.advance(4 * SECOND);
    evaluate(1, 1);
    api.latency = 2 * SECOND;
    await scheduler.advance(1500);
    evaluate(1, 2);
    evaluate(1, 3);
    expect(promised).toHaveLength(2);
    await scheduler.advance(10 * SECOND);
    await Promise.all(promised);
    expect(api.keys).toEqual([keys(0, 2), keys(2, 4)]);
  });

  it("one who stays behind outlasts a pause that a failure made meanwhile", async () => {
    const { api, events, scheduler, promised, evaluate } = createEdgeFixture({
      flushInterval: 5 * SECOND,
      flushBatchSize: 10,
    });
    evaluate(1);
    await scheduler.advance(4 * SECOND);
    api.answer = () => UNAVAILABLE;
    evaluate(9, 1);
    await scheduler.advance(0);
    api.answer = () => "accept";
    evaluate(1, 10);
    expect(promised).toHaveLength(2);
    await scheduler.advance(5 * SECOND);
    await promised[0];
    expect(api.receivedKeys).toEqual(keys(0, 11));
    expect(events.counters().waiting).toBe(0);
  });

  it("no request waits to send what did not fit in the time limit and failed again: the next request sends it", async () => {
    const { api, events, scheduler, promised, evaluate } = createEdgeFixture();
    api.answer = () => UNAVAILABLE;
    evaluate(1);
    await scheduler.advance(22 * SECOND);
    await promised[0];
    expect([api.requests.length, events.counters().waiting]).toEqual([2, 1]);
    api.answer = () => "accept";
    for (let second = 0; second < 31; second++) {
      events.deliverWhenDue();
      await scheduler.advance(SECOND);
    }
    expect(api.receivedKeys).toEqual(keys(0, 1));
    expect(promised.length).toBeLessThan(6);
  });

  it("enough events leave through waitUntil, those recorded in the same breath included", async () => {
    const { api, scheduler, promised, evaluate } = createEdgeFixture();
    evaluate(130);
    expect(promised).toHaveLength(2);
    await promised[1];
    expect(api.keys).toEqual([keys(0, 100)]);
    await scheduler.advance(20 * SECOND);
    await promised[0];
    expect(api.keys).toEqual([keys(0, 100), keys(100, 130)]);
    expect(scheduler.armed).toBe(0);
  });

  it("old events leave through the waitUntil of the next request that records", async () => {
    const { api, scheduler, promised, enterRequest, leaveRequest, evaluate } = createEdgeFixture();
    leaveRequest();
    evaluate(3);
    await scheduler.advance(INTERVAL);
    enterRequest();
    evaluate(2, 3);
    await promised[0];
    expect(api.keys).toEqual([keys(0, 5)]);
  });

  it("deliverWhenDue() takes the caller's waitUntil, and only when events wait that no request will send", async () => {
    const { api, events, scheduler, leaveRequest, evaluate } = createEdgeFixture();
    leaveRequest();
    const own: Promise<unknown>[] = [];
    const waitUntil = (work: Promise<unknown>): void => void own.push(work);
    events.deliverWhenDue(waitUntil);
    expect(own).toHaveLength(0);
    evaluate(3);
    await scheduler.advance(INTERVAL);
    events.deliverWhenDue();
    expect(own).toHaveLength(0);
    events.deliverWhenDue(waitUntil);
    events.deliverWhenDue(waitUntil);
    await own[0];
    expect(api.keys).toEqual([keys(0, 3)]);
    evaluate(2, 3);
    await scheduler.advance(SECOND);
    events.deliverWhenDue(waitUntil);
    expect(own).toHaveLength(2);
    await scheduler.advance(20 * SECOND);
    await own[1];
    expect(api.keys).toEqual([keys(0, 3), keys(3, 5)]);
  });

  it("a request that dies with a delivery costs nothing: the lease expires and another one sends", async () => {
    const { api, events, scheduler, evaluate } = createEdgeFixture();
    api.postEvents = () => new Promise(() => {}); // cancelled with its request: never settles
    evaluate(100);
    await scheduler.advance(0);
    Reflect.deleteProperty(api, "postEvents");
    evaluate(1, 100);
    await scheduler.advance(15 * SECOND);
    evaluate(1, 101);
    expect(api.requests).toEqual([]); // the lease still holds
    await scheduler.advance(SECOND);
    evaluate(1, 102);
    await events.flush();
    expect(api.receivedKeys).toEqual(keys(0, 103));
    expect(events.counters()).toMatchObject({ sent: 103, waiting: 0 });
  });

  it("a lease does not outlast a clock that is set back (contract §6.2)", async () => {
    const { api, events, scheduler, evaluate } = createEdgeFixture();
    api.postEvents = () => new Promise(() => {}); // cancelled with its request: never settles
    evaluate(100);
    await scheduler.advance(0);
    Reflect.deleteProperty(api, "postEvents");
    scheduler.jump(-600 * SECOND);
    evaluate(1, 100);
    const flushed = events.flush();
    await scheduler.advance(SECOND);
    await flushed;
    expect(api.receivedKeys).toEqual(keys(0, 101));
  });

  it("a pause does not outlast a clock that is set back (contract §6.2)", async () => {
    const { api, events, scheduler, evaluate } = createEdgeFixture();
    api.answer = () => ({ status: 429, retryAfter: 60 * SECOND });
    evaluate(100);
    await scheduler.advance(SECOND);
    api.answer = () => "accept";
    scheduler.jump(-600 * SECOND);
    for (let second = 0; second < 60; second += 10) {
      events.deliverWhenDue();
      await scheduler.advance(10 * SECOND);
    }
    events.deliverWhenDue();
    await scheduler.advance(SECOND);
    expect(api.receivedKeys).toEqual(keys(0, 100));
  });

  it("events do not wait until a clock that was set back has caught up (contract §6.2)", async () => {
    const { api, events, scheduler, leaveRequest, enterRequest, evaluate } = createEdgeFixture();
    leaveRequest();
    evaluate(3);
    scheduler.jump(-600 * SECOND);
    enterRequest();
    events.deliverWhenDue();
    await scheduler.advance(SECOND);
    expect(api.receivedKeys).toEqual(keys(0, 3));
  });

  it("an answer that comes after the lease was taken over counts once", async () => {
    const { api, events, scheduler, promised, evaluate } = createEdgeFixture();
    let answer = (): void => {};
    api.postEvents = () => new Promise((resolve) => answer = resolve);
    evaluate(100);
    await settle();
    await scheduler.advance(16 * SECOND);
    Reflect.deleteProperty(api, "postEvents");
    evaluate(1, 100);
    answer();
    await promised[1];
    await events.flush();
    expect(events.counters()).toMatchObject({ sent: 101, waiting: 0 });
  });

  it("flush() shares no promise: it asks until the lease is free, and sends itself", async () => {
    const { api, events, scheduler, evaluate } = createEdgeFixture();
    api.latency = 320;
    evaluate(100);
    await settle();
    evaluate(1, 100);
    let settled = false;
    void events.flush().then(() => settled = true);
    await scheduler.advance(320 + 49 + 320);
    expect(settled).toBe(true);
    expect(api.mostOpen).toBe(1);
    expect(api.receivedKeys).toEqual(keys(0, 101));
    await scheduler.advance(20 * SECOND);
    expect(scheduler.armed).toBe(0);
  });

  it("close() in one request does not touch another one's flush()", async () => {
    const { api, events, scheduler, evaluate } = createEdgeFixture();
    api.answer = () => "hang";
    evaluate(5);
    let flushed = false;
    void events.flush().then(() => flushed = true);
    await settle();
    let closed = false;
    void events.close(SECOND).then(() => closed = true);
    await scheduler.advance(SECOND);
    expect([closed, flushed]).toEqual([true, false]);
    await scheduler.advance(9 * SECOND);
    expect(flushed).toBe(true);
  });

  it("close() sends what waits and is the end", async () => {
    const { api, events, scheduler, promised, evaluate } = createEdgeFixture();
    evaluate(5);
    await events.close();
    evaluate(500);
    await scheduler.advance(20 * SECOND);
    await promised[0];
    expect(api.receivedKeys).toEqual(keys(0, 5));
    expect([scheduler.armed, promised.length]).toEqual([0, 1]);
  });

  it("a host that refuses the promise costs nothing: the events are sent or wait", async () => {
    const { api, events, scheduler, evaluate } = createFixture({
      hasBackground: false,
      waitUntil: () => () => {
        throw new TypeError("Illegal invocation");
      },
    });
    evaluate(100);
    await scheduler.advance(0);
    await events.flush();
    expect(api.receivedKeys).toEqual(keys(0, 100));
    expect(events.counters().sent).toBe(100);
  });
});

describe("where a background may stand still between requests (contract §6.1)", () => {
  it("one request at a time stays behind for events if it has a waitUntil; a full batch goes at once", async () => {
    const promised: Promise<unknown>[] = [];
    const { api, scheduler, evaluate } = createFixture({
      waitUntil: () => (work) => void promised.push(work),
    });
    evaluate(3);
    expect(promised).toHaveLength(1);
    await scheduler.advance(20 * SECOND);
    await promised[0];
    expect(api.keys).toEqual([keys(0, 3)]);
    evaluate(100, 3);
    await scheduler.advance(SECOND);
    expect(api.keys).toEqual([keys(0, 3), keys(3, 103)]);
    expect(scheduler.keepingAlive).toBe(0);
  });

  it.each([10 * SECOND, INTERVAL])(
    "who stays behind makes no second attempt when the timer's has failed, every %i ms (contract §5)",
    async (flushInterval) => {
      const { api, scheduler, evaluate } = createFixture({ flushInterval, waitUntil: () => () => {} });
      api.answer = () => UNAVAILABLE;
      api.latency = SECOND / 2;
      for (let second = 0; second < 120; second++) {
        evaluate(1);
        await scheduler.advance(SECOND);
      }
      const gaps = api.times.slice(1).map((time, index) => time - api.times[index]!);
      expect(gaps.length).toBeGreaterThan(1);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(flushInterval);
    },
  );

  it("close() ends the wait of the one who stays behind", async () => {
    const promised: Promise<unknown>[] = [];
    const { api, events, scheduler, evaluate } = createFixture({
      waitUntil: () => (work) => void promised.push(work),
    });
    evaluate(3);
    expect(promised).toHaveLength(1);
    await scheduler.advance(SECOND);
    await events.close();
    await promised[0];
    expect(api.keys).toEqual([keys(0, 3)]);
    expect(scheduler.armed).toBe(0);
  });
});
