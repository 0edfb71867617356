import { describe, expect, it } from "vitest";
import { createEventProcessor } from "../../../src/events/event-processor.ts";
import type { EventProcessor } from "../../../src/events/event-processor.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { RateLimit } from "./rate-limit.ts";

const PROCESSES = 1_000;
const MINUTE = 60_000;

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
        connectTimeout: 5_000,
        evaluationEvents: "all",
        privateAttributes: [],
        hasBackground: true,
      });
    const processes = Array.from({ length: PROCESSES }, createProcess);
    /** When each process without flags started. */
    const waiting = new Map<number, number>();
    const lags: number[] = [];
    /** One evaluation of each process with flags every ten seconds: an event always waits, as in a busy fleet. */
    const run = async (tenths: number): Promise<void> => {
      for (let tenth = 0; tenth < tenths; tenth++) {
        for (const [index, events] of processes.entries()) {
          const since = waiting.get(index);
          lags.push(since === undefined ? 0 : scheduler.now() - since);
          if (since !== undefined) continue;
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
    lags.length = 0;
    for (let index = 0; index < PROCESSES; index++) {
      scheduler.after(2 * MINUTE * scheduler.random(), () => {
        void processes[index]!.close();
        processes[index] = createProcess();
        const startedAt = scheduler.now();
        waiting.set(index, startedAt);
        const load = (): void => {
          if (ask()) {
            lateness.push(scheduler.now() - startedAt);
            waiting.delete(index);
          } else scheduler.after(30_000 * (1 + scheduler.random() / 4), load);
        };
        load();
      });
    }
    await run(6 * 10);
    const percent = (of: typeof minutes): string => `${(100 * share(of)).toFixed(0)} %`;
    const lag = quantile(lags, 0.99);
    console.log(
      `deploy of 1,000 processes: flags after p50 ${quantile(lateness, 0.5)} s, p99 ${
        quantile(lateness, 0.99)
      } s, ` +
        `at most ${quantile(lateness, 1)} s; lag of all processes in ten minutes p99 ${lag} s; ` +
        `refused ${percent(minutes.slice(15, 17))}, before it ${percent(steady)}`,
    );
    expect(lateness).toHaveLength(PROCESSES);
    // 447 s where events do not yield.
    expect(lag, "p99 of the lag, in s").toBeLessThan(54);
    expect(quantile(lateness, 0.99), "p99 of the first flags, in s").toBeLessThan(150);
    for (const events of processes) expect(events.counters().dropped).toEqual({ rejected: 0, closed: 0 });
  });
});

/** The time below which a share of the times lies, in s. */
function quantile(times: number[], share: number): number {
  times.sort((a, b) => a - b);
  return Math.round(times[Math.ceil(share * times.length) - 1]! / 1_000);
}
