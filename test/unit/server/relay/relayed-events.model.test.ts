import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RelayedEvents } from "../../../../src/server/relay/relayed-events.ts";
import { ManualScheduler } from "../../../support/manual-scheduler.ts";
import { runs } from "../../../support/runs.ts";
import { EventPosts } from "../../../support/service.ts";
import type { EventsAnswer } from "../../../support/service.ts";
import { collectingLogger } from "../../events/fixture.ts";

/** Two SDK keys and, last, the queue of all client keys. */
const KEYS = 3;

type Step =
  | { readonly do: "take"; readonly key: number; readonly count: number; readonly poison: boolean }
  | { readonly do: "offer" }
  | { readonly do: "answer"; readonly answer: EventsAnswer; readonly latency: number }
  | { readonly do: "advance"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("take" as const),
      key: fc.integer({ min: 0, max: KEYS - 2 }),
      count: fc.integer({ min: 1, max: 30 }),
      poison: fc.integer({ max: 4, min: 0 }).map((number) => number === 0),
    }),
  },
  { weight: 5, arbitrary: fc.constant({ do: "offer" } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      answer: fc.constantFrom<EventsAnswer[]>("accept", "accept", { status: 503 }, { status: 413 }, {
        status: 429,
        retryAfter: 2_000,
      }),
      latency: fc.constantFrom(0, 300, 2_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
  },
);

describe("RelayedEvents, a model", () => {
  it("delivers each event once, whatever is refused and whatever arrives meanwhile (contract §9)", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const scheduler = new ManualScheduler();
        const api = new EventPosts(scheduler);
        let planned: EventsAnswer = "accept";
        api.answer = (events) =>
          planned === "accept" && events.some(({ userId }) => userId === "poison")
            ? { status: 400 }
            : planned;
        const relayed = new RelayedEvents({
          ...{ http: api, scheduler, logger: collectingLogger([]), hasBackground: true },
          ...{ flushInterval: 5_000, flushBatchSize: 10, keyCount: KEYS, maxWaitingEvents: 10_000 },
        });
        let recorded = 0;
        const create = (
          userId: string,
        ): { type: "Evaluation"; flagKey: string; userId: string; timestamp: string } => ({
          type: "Evaluation",
          flagKey: String(recorded++),
          userId,
          timestamp: new Date(scheduler.now()).toISOString(),
        });
        const healthy: string[] = [];
        for (const it of steps) {
          if (it.do === "take") {
            const events = Array.from({ length: it.count }, () => create("user"));
            healthy.push(...events.map(({ flagKey }) => flagKey));
            if (it.poison) events.splice(it.count >> 1, 0, create("poison"));
            relayed.take(it.key, { events });
          } else if (it.do === "offer") {
            const event = create("browser");
            healthy.push(event.flagKey);
            relayed.offer(KEYS - 1, event);
          } else if (it.do === "answer") {
            planned = it.answer;
            api.latency = it.latency;
          } else await scheduler.advance(it.ms);
          const { sent, waiting, dropped } = relayed.counters;
          expect(sent + waiting + dropped.rejected).toBe(recorded);
          expect(new Set(api.receivedKeys).size).toBe(api.received.length);
        }
        planned = "accept";
        api.latency = 0;
        // In steps: a search takes more turns than one rest allows.
        for (let minute = 0; minute < 60 && relayed.counters.waiting > 0; minute++) {
          await scheduler.advance(60_000);
        }
        expect(relayed.counters.waiting).toBe(0);
        expect(new Set(api.receivedKeys).size).toBe(api.received.length);
        const missing = healthy.filter((key) => !api.receivedKeys.includes(key));
        // An event that was answered 413 alone is dropped.
        expect(missing.length).toBeLessThanOrEqual(relayed.counters.dropped.rejected);
        await relayed.close(1);
      }),
      { numRuns: runs(200) },
    );
  });
});
