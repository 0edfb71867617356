import { describe, expect, it } from "vitest";
import { PollingFallback } from "../../../src/data-source/polling.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { createSourceContext } from "../../support/source-context.ts";

function fallbackOf() {
  const context = createSourceContext();
  const polls: number[] = [];
  let starts = 0;
  const fallback = new PollingFallback(context, {
    pollInterval: 30_000,
    poll() {
      polls.push(context.scheduler.elapsed);
      return Promise.resolve();
    },
    onStart: () => starts++,
  });
  return { ...context, fallback, polls, starts: () => starts };
}

describe("PollingFallback (contract §4)", () => {
  it("starts after a random part of 10 s, polls until it is stopped, and reports both once", async () => {
    const { fallback, polls, scheduler, sink, logger, starts } = fallbackOf();
    fallback.start("5 stream failures in a row");
    fallback.start("6 stream failures in a row");
    expect([fallback.isPolling, polls.length]).toEqual([false, 0]);
    await scheduler.advance(10_000);
    expect([fallback.isPolling, polls.length, starts()]).toEqual([true, 1, 1]);
    fallback.start("7 stream failures in a row");
    await scheduler.advance(100_000);
    expect(polls).toHaveLength(4);
    expect(logger.lines).toEqual([
      "warn: Flag stream failing, polling every 30000 ms until it is back: 5 stream failures in a row",
    ]);
    fallback.stop();
    fallback.stop();
    await scheduler.advance(100_000);
    expect([fallback.isPolling, polls.length]).toEqual([false, 4]);
    expect(sink.modes).toEqual(["polling", "streaming"]);
  });

  it("leaves no timer when a listener of the mode closes it (contract §6)", async () => {
    const { fallback, polls, scheduler, sink } = fallbackOf();
    sink.modeChanged = () => fallback.close();
    fallback.start("5 stream failures in a row");
    await scheduler.advance(10_000);
    expect(scheduler.armed).toBe(1); // the service's ping
    await scheduler.advance(100_000);
    expect(polls.length).toBeLessThanOrEqual(1);
  });

  it("spreads a fleet over these 10 s", async () => {
    const scheduler = new ManualScheduler(7);
    const starts: number[] = [];
    for (let process = 0; process < 100; process++) {
      const { sink, logger } = createSourceContext();
      const options = { pollInterval: 30_000, poll: () => Promise.resolve(), onStart: () => {} };
      new PollingFallback({ scheduler, sink, logger }, {
        ...options,
        onStart: () => starts.push(scheduler.elapsed),
      }).start("x");
    }
    await scheduler.advance(10_000);
    expect(starts).toHaveLength(100);
    for (let second = 0; second < 10; second++) {
      expect(starts.filter((at) => Math.floor(at / 1000) === second).length).toBeLessThan(25);
    }
  });

  it("says nothing when the stream is back before it has started", async () => {
    const { fallback, polls, scheduler, sink, logger } = fallbackOf();
    fallback.start("x");
    fallback.stop();
    await scheduler.advance(100_000);
    expect([polls, sink.modes, logger.lines]).toEqual([[], [], []]);
  });

  it("keeps the mode while it is suspended, and goes on without another line", async () => {
    const { fallback, polls, scheduler, sink, logger, starts } = fallbackOf();
    fallback.start("x");
    await scheduler.advance(10_000);
    fallback.suspend();
    await scheduler.advance(100_000);
    expect([fallback.isPolling, polls.length]).toEqual([false, 1]);
    fallback.suspend();
    fallback.start("x");
    await scheduler.advance(0);
    expect([fallback.isPolling, polls.length, starts()]).toEqual([true, 2, 2]);
    expect(sink.modes).toEqual(["polling"]);
    expect(logger.lines).toHaveLength(1);
    fallback.suspend();
    fallback.stop();
    expect(sink.modes).toEqual(["polling", "streaming"]);
  });

  it("is silent when it is closed or suspended without having started", async () => {
    const { fallback, polls, scheduler, sink } = fallbackOf();
    fallback.suspend();
    fallback.stop();
    fallback.start("x");
    fallback.suspend();
    await scheduler.advance(100_000);
    expect([polls, sink.modes]).toEqual([[], []]);
    fallback.start("x");
    fallback.close();
    await scheduler.advance(100_000);
    expect([polls, sink.modes]).toEqual([[], []]);
    expect(scheduler.armed, "timers, but for the service's ping").toBe(1);
  });
});
