import { describe, expect, it } from "vitest";
import { createEventProcessor } from "../../../src/events/event-processor.ts";
import type { EventProcessor } from "../../../src/events/event-processor.ts";
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
  it("leave the key's requests to flags, at a deploy too: 429s make event requests rarer (contract §5)", async () => {
    const scheduler = new ManualScheduler(7, {
      grain: 20,
      settle: async () => {
        for (let turn = 0; turn < 12; turn++) await null;
      },
    });
    const limit = new RateLimit();
    const minutes: { accepted: number; refused: number }[] = [];
    const start = scheduler.now();
    const ask = (): boolean => {
      const minute = Math.floor((scheduler.now() - start) / MINUTE);
      const counts = minutes[minute] ??= { accepted: 0, refused: 0 };
      const isAccepted = limit.accepts(scheduler.now());
      counts[isAccepted ? "accepted" : "refused"]++;
      return isAccepted;
    };
    const postEvents = (): Promise<void> =>
      ask()
        ? Promise.resolve()
        : Promise.reject(new RequestError("answered 429", { status: 429, retryAfter: 30_000 }));
    const createProcess = (): EventProcessor =>
      createEventProcessor({
        http: { postEvents },
        scheduler,
        logger: { debug() {}, info() {}, warn() {}, error() {} },
        flushInterval: 30_000,
        flushBatchSize: 100,
        evaluationEvents: "all",
        privateAttributes: [],
        hasBackground: true,
      });
    const processes = Array.from({ length: PROCESSES }, createProcess);
    /** One evaluation of each process every ten seconds: an event always waits, as in a busy fleet. */
    const run = async (tenths: number): Promise<void> => {
      for (let tenth = 0; tenth < tenths; tenth++) {
        for (const [index, events] of processes.entries()) {
          events.recordEvaluation("f", String((tenth * 7 + index) % 50), "on", undefined);
        }
        await scheduler.advance(10_000);
      }
    };
    const share = (of: typeof minutes): number => {
      const refused = of.reduce((sum, counts) => sum + counts.refused, 0);
      return refused / of.reduce((sum, counts) => sum + counts.accepted + counts.refused, 0);
    };
    await run(6 * 15);
    const steady = minutes.slice(8, 15);
    const asked = steady.reduce((sum, counts) => sum + counts.accepted + counts.refused, 0);
    // Without it, 1,000 of 2,000 and more are refused each minute.
    expect(share(steady), "refused").toBeLessThan(0.1);
    expect(asked / steady.length, "requests a minute").toBeLessThan(1_100);

    // Everybody restarts within two minutes, and needs its flags: one request, after a 429 again in 30 s and a little more.
    const lateness: number[] = [];
    for (let index = 0; index < PROCESSES; index++) {
      scheduler.after(2 * MINUTE * scheduler.random(), () => {
        void processes[index]!.close();
        processes[index] = createProcess();
        const startedAt = scheduler.now();
        const load = (): void => {
          if (ask()) lateness.push(scheduler.now() - startedAt);
          else scheduler.after(30_000 * (1 + scheduler.random() / 4), load);
        };
        load();
      });
    }
    await run(6 * 5);
    lateness.sort((a, b) => a - b);
    const [p50, p99, most] = [0.5, 0.99, 1].map((part) => lateness[Math.ceil(part * PROCESSES) - 1]! / 1_000);
    console.log(
      `deploy of 1,000 processes: flags after p50 ${p50} s, p99 ${p99} s, most ${most} s; ` +
        `refused ${(100 * share(minutes.slice(15, 17))).toFixed(0)} %, steady ${
          (100 * share(steady)).toFixed(0)
        } %`,
    );
    expect(lateness).toHaveLength(PROCESSES);
    // Without it 450 s.
    expect(p99).toBeLessThan(150);
    for (const events of processes) expect(events.counters().dropped).toEqual({ rejected: 0, closed: 0 });
  });
});
