import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { settle } from "../../support/manual-scheduler.ts";
import type { EventsAnswer } from "../../support/service.ts";
import { createFixture } from "./fixture.ts";
import type { Fixture } from "./fixture.ts";

type Step =
  | { readonly do: "record"; readonly count: number }
  | { readonly do: "recordPoison" }
  | { readonly do: "answer"; readonly answer: EventsAnswer; readonly latency: number }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "jump"; readonly ms: number }
  | { readonly do: "flush"; readonly timeout: number }
  | { readonly do: "deliverWhenDue" }
  | { readonly do: "close"; readonly timeout: number };

const answer = fc.constantFrom<EventsAnswer[]>(
  "accept",
  "accept",
  "hang",
  "lost answer",
  { status: 503 },
  { status: 429, retryAfter: 4_000 },
  { status: 401, keyRejected: true },
);
const timeout = fc.integer({ min: 1, max: 20_000 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("record" as const), count: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "record", count: 6_000 } as const) },
  { weight: 2, arbitrary: fc.constant({ do: "recordPoison" } as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      answer,
      latency: fc.constantFrom(0, 0, 700, 6_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("jump" as const), ms: fc.constantFrom(-60_000, 60_000) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("flush" as const), timeout }) },
  { weight: 1, arbitrary: fc.constant({ do: "deliverWhenDue" } as const) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const), timeout }) },
);

/** Where leases keep time, a clock that is set ends them early: a second request at a time is then what is wanted. */
const stepWithoutJump = step.filter((it) => it.do !== "jump");

/** Plays steps and checks after each that every event is somewhere, and in one place only. */
class Play {
  readonly #fixture: Fixture;
  readonly #due: { readonly settled: () => boolean; readonly at: number }[] = [];
  #recorded = 0;
  #closed = false;
  /** Whether an event may have arrived without the processor's knowledge. */
  #answersGoAstray = false;
  #hasPoison = false;
  #hasJumped = false;

  constructor(hasBackground: boolean) {
    this.#fixture = createFixture({ hasBackground, flushBatchSize: 10, waitUntil: () => () => {} });
    // Poison events are refused forever; everything else is answered as the steps say.
    this.answer("accept");
  }

  answer(planned: EventsAnswer): void {
    this.#fixture.api.answer = (events) =>
      planned === "accept" && events.some((event) => event.userId === "poison") ? { status: 400 } : planned;
  }

  record(count: number, userId?: string): void {
    for (let index = 0; index < count; index++) {
      this.#fixture.events.recordEvaluation(String(this.#recorded), userId, "on", undefined);
      if (!this.#closed) this.#recorded++;
    }
  }

  async take(step: Step): Promise<void> {
    const { api, events, scheduler } = this.#fixture;
    if (step.do === "record") this.record(step.count);
    else if (step.do === "recordPoison") {
      this.#hasPoison = true;
      this.record(1, "poison");
    } else if (step.do === "jump") {
      this.#hasJumped = true;
      scheduler.jump(step.ms);
    } else if (step.do === "deliverWhenDue") events.deliverWhenDue();
    else if (step.do === "advance") await this.#advance(step.ms);
    else if (step.do === "answer") {
      this.answer(step.answer);
      api.latency = step.latency;
      this.#answersGoAstray ||= step.answer === "lost answer";
    } else {
      if (step.do === "close") this.#closed = this.#answersGoAstray = true;
      let settled = false;
      void events[step.do](step.timeout).then(() => settled = true, () => expect.unreachable());
      this.#due.push({ settled: () => settled, at: scheduler.elapsed + step.timeout });
    }
    await this.#comeToRest();
    this.check();
  }

  /** In short steps: no lease may run out while requests that take no time follow one another. */
  async #advance(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5_000) {
      await this.#comeToRest();
      await this.#fixture.scheduler.advance(Math.min(left, 5_000));
    }
  }

  async #comeToRest(): Promise<void> {
    const { requests } = this.#fixture.api;
    for (let before = -1; before !== requests.length;) {
      before = requests.length;
      await settle();
    }
  }

  check(): void {
    const { events, scheduler } = this.#fixture;
    const { sent, waiting, shed, dropped } = events.counters();
    const counts = [sent, waiting, ...Object.values(shed), ...Object.values(dropped)];
    expect(counts.reduce((sum, count) => sum + count)).toBe(this.#recorded);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(0);
    expect(waiting).toBeLessThanOrEqual(10_000);
    for (const { settled, at } of this.#due) expect(settled() || scheduler.elapsed < at).toBe(true);
  }

  /** The service is well again: whatever waits arrives. */
  async end(): Promise<void> {
    const { api, events, scheduler } = this.#fixture;
    this.answer("accept");
    api.latency = 0;
    // After 429s intervals are long, up to an hour.
    for (let round = 0; round < 400 && (round < 20 || events.counters().waiting > 0); round++) {
      events.deliverWhenDue();
      await this.#advance(30_000);
    }
    expect(events.counters().waiting).toBe(0);
    this.check();
    this.checkArrivals();
    await Promise.all([events.close(), scheduler.advance(60_000)]);
    expect(scheduler.armed).toBe(0);
  }

  checkArrivals(): void {
    const { api, events } = this.#fixture;
    expect(api.mostOpen).toBeLessThanOrEqual(1);
    expect(Math.max(0, ...api.requests.map((request) => request.length))).toBeLessThanOrEqual(10_000);
    const arrived = [...new Set(api.receivedKeys.map(Number))];
    // Refused batches wait aside: then others overtake them.
    if (!this.#hasPoison) {
      expect(arrived.every((key, index) => index === 0 || key > arrived[index - 1]!)).toBe(true);
    }
    for (const time of api.times) {
      const inMinute = api.times.filter((other) => other >= time && other < time + 60_000);
      if (!this.#hasJumped) expect(inMinute.length).toBeLessThanOrEqual(120);
    }
    const { sent } = events.counters();
    if (this.#answersGoAstray) expect(arrived.length).toBeGreaterThanOrEqual(sent);
    else expect([api.received.length, arrived.length]).toEqual([sent, sent]);
  }
}

describe("EventProcessor", () => {
  it.each([[true, "with a background"], [false, "on request-scoped runtimes"]])(
    "loses and doubles nothing in silence, whatever happens in whatever order (%s: %s) (contract §5)",
    async (hasBackground) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(hasBackground ? step : stepWithoutJump, { maxLength: 30 }),
          async (steps) => {
            const play = new Play(hasBackground);
            for (const it of steps) await play.take(it);
            await play.end();
          },
        ),
        { numRuns: 200 },
      );
    },
  );
});
