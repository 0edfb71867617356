import { describe, expect, it } from "vitest";
import { createEventProcessor } from "../../../src/events/event-processor.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";

const PROCESSES = 1_000;
const LIMIT = 1_000;
const MINUTE = 60_000;

/** The service's limit for one SDK key: 1,000 requests in any minute (contract §1); refused ones do not count. */
class RateLimit {
  readonly #accepted: number[] = [];
  #first = 0;

  accepts(now: number): boolean {
    while ((this.#accepted[this.#first] ?? now) <= now - MINUTE) this.#first++;
    if (this.#accepted.length - this.#first >= LIMIT) return false;
    this.#accepted.push(now);
    return true;
  }
}

describe("1,000 processes with one SDK key", () => {
  it("leave the key's requests to flags: 429s make event requests rarer (contract §5)", async () => {
    const scheduler = new ManualScheduler(7, {
      grain: 20,
      settle: async () => {
        for (let turn = 0; turn < 12; turn++) await null;
      },
    });
    const limit = new RateLimit();
    const minutes: { accepted: number; refused: number }[] = [];
    const start = scheduler.now();
    const postEvents = (): Promise<void> => {
      const minute = Math.floor((scheduler.now() - start) / MINUTE);
      const counts = minutes[minute] ??= { accepted: 0, refused: 0 };
      if (limit.accepts(scheduler.now())) {
        counts.accepted++;
        return Promise.resolve();
      }
      counts.refused++;
      return Promise.reject(new RequestError("answered 429", { status: 429, retryAfter: 30_000 }));
    };
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    const processes = Array.from({ length: PROCESSES }, () =>
      createEventProcessor({
        http: { postEvents },
        scheduler,
        logger: quiet,
        flushInterval: 30_000,
        flushBatchSize: 100,
        evaluationEvents: "all",
        privateAttributes: [],
        hasBackground: true,
      }));
    // One evaluation of each process every ten seconds: an event always waits, as in a busy fleet.
    for (let tenth = 0; tenth < 6 * 20; tenth++) {
      for (const [index, events] of processes.entries()) {
        events.recordEvaluation("f", String((tenth * 7 + index) % 50), "on", undefined);
      }
      await scheduler.advance(10_000);
    }
    const late = minutes.slice(10, 20);
    const refused = late.reduce((sum, counts) => sum + counts.refused, 0);
    const asked = late.reduce((sum, counts) => sum + counts.accepted + counts.refused, 0);
    // Without it, 1,000 of 2,000 and more are refused each minute.
    expect(refused / asked, "refused").toBeLessThan(0.1);
    expect(asked / late.length, "requests a minute").toBeLessThan(1_100);
    for (const events of processes) expect(events.counters().dropped).toEqual({ rejected: 0, closed: 0 });
  });
});
