import fc from "fast-check";
import { HTTPException } from "hono/http-exception";
import { describe, expect, it } from "vitest";
import { RequestError } from "../../../../src/errors/request-error.ts";
import { createEventProcessor } from "../../../../src/events/event-processor.ts";
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

type FleetStep =
  | { readonly do: "record"; readonly client: number; readonly count: number; readonly poison: boolean }
  | { readonly do: "answer"; readonly answer: EventsAnswer; readonly latency: number }
  /** What the connections of the clients do with answers, and how long a request and its answer take each. */
  | { readonly do: "link"; readonly losesAnswers: boolean; readonly latency: number }
  | { readonly do: "flush"; readonly client: number }
  | { readonly do: "close"; readonly client: number }
  | { readonly do: "restart"; readonly timeout: number }
  | { readonly do: "advance"; readonly ms: number };

const CLIENTS = 4;
const latency = fc.constantFrom(0, 0, 300, 2_000);
const client = fc.integer({ min: 0, max: CLIENTS - 1 });

const fleetStep: fc.Arbitrary<FleetStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("record" as const),
      client,
      count: fc.integer({ min: 1, max: 30 }),
      poison: fc.integer({ max: 4, min: 0 }).map((number) => number === 0),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      answer: fc.constantFrom<EventsAnswer[]>(
        ...["accept" as const, "accept" as const, "lost answer" as const, "hang" as const],
        ...[{ status: 503 }, { status: 413 }, { status: 400 }, { status: 429, retryAfter: 2_000 }],
      ),
      latency,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("link" as const), losesAnswers: fc.boolean(), latency }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("flush" as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const), client }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("restart" as const), timeout: fc.constantFrom(0, 1_000, 5_000) }),
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
          ...{
            connectTimeout: 5_000,
            flushInterval: 5_000,
            flushBatchSize: 10,
            keyCount: KEYS,
            maxWaitingEvents: 10_000,
          },
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

  it("delivers nothing twice from client to service unless an answer was lost on the way (contract §5, §9)", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fleetStep, { maxLength: 40 }), async (steps) => {
        const scheduler = new ManualScheduler();
        const logger = collectingLogger([]);
        const api = new EventPosts(scheduler);
        let planned: EventsAnswer = "accept";
        /** Events of requests whose answer did not arrive: the sender cannot know what became of them. */
        const uncertain = new Set<string>();
        const note = (events: readonly { readonly flagKey: string }[]): void => {
          for (const { flagKey } of events) uncertain.add(flagKey);
        };
        api.answer = (events) => {
          if (planned === "lost answer") note(events);
          const isRefused = planned === "accept" && events.some(({ userId }) => userId === "poison");
          return isRefused ? { status: 400 } : planned;
        };
        const timing = { scheduler, logger, hasBackground: true, flushBatchSize: 10, connectTimeout: 5_000 };
        const createRelayed = (): RelayedEvents =>
          new RelayedEvents({
            ...{ ...timing, http: api, flushInterval: 5_000 },
            ...{ keyCount: CLIENTS, maxWaitingEvents: 100 },
          });
        let relayed = createRelayed();
        let link = { losesAnswers: false, latency: 0 };
        const pass = (): Promise<void> =>
          link.latency === 0
            ? Promise.resolve()
            : new Promise((resolve) => void scheduler.after(link.latency, resolve));
        /** What `POST /v1/sdk/events` of a relay does. */
        const post = async (key: number, body: string): Promise<void> => {
          await pass();
          const { events } = JSON.parse(body) as { events: { flagKey: string }[] };
          try {
            relayed.admit(key, body.length);
            relayed.take(key, { events });
          } catch (error) {
            if (!(error instanceof HTTPException)) throw error;
            const retryAfter = 1_000 * Number(error.res?.headers.get("retry-after") ?? 0);
            throw new RequestError("refused", { status: error.status, retryAfter: retryAfter || undefined });
          }
          const { losesAnswers } = link;
          await pass();
          if (!losesAnswers) return;
          note(events);
          throw new RequestError("The connection was reset");
        };
        const clients = Array.from({ length: CLIENTS }, (_, key) =>
          createEventProcessor({
            ...{ ...timing, http: { postEvents: (body) => post(key, body) }, flushInterval: 30_000 },
            ...{ evaluationEvents: "all", privateAttributes: [] },
          }));
        let recorded = 0;
        for (const it of steps) {
          if (it.do === "record") {
            for (let count = 0; count < it.count; count++) {
              const user = it.poison && count === it.count >> 1 ? "poison" : "user";
              clients[it.client]!.recordEvaluation(String(recorded++), user, "on", undefined);
            }
          } else if (it.do === "answer") {
            planned = it.answer;
            api.latency = it.latency;
          } else if (it.do === "link") link = it;
          else if (it.do === "flush") void clients[it.client]!.flush();
          else if (it.do === "close") void clients[it.client]!.close();
          else if (it.do === "restart") {
            void relayed.close(it.timeout);
            // Balancers send to the relay that closes until the other one is there.
            await scheduler.advance(it.timeout);
            relayed = createRelayed();
          } else await scheduler.advance(it.ms);
        }
        planned = "accept";
        await scheduler.advance(120_000);
        const times = new Map<string, number>();
        for (const key of api.receivedKeys) times.set(key, (times.get(key) ?? 0) + 1);
        const twice = [...times].filter(([key, count]) => count > 1 && !uncertain.has(key));
        expect(twice).toEqual([]);
        const closed = Promise.all([
          ...clients.map((client) => client.close(1)),
          relayed.close(1),
        ]);
        await scheduler.advance(1);
        await closed;
      }),
      { numRuns: runs(200) },
    );
  });
});
