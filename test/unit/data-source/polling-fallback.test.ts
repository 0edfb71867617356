import { describe, expect, it } from "vitest";
import { PollingFallback } from "../../../src/data-source/polling-fallback.ts";
import { createSourceContext } from "../../support/source-context.ts";

function fallbackOf() {
  const context = createSourceContext();
  const polls: number[] = [];
  const fallback = new PollingFallback(context, 30_000, () => {
    polls.push(context.scheduler.elapsed);
    return Promise.resolve();
  });
  return { ...context, fallback, polls };
}

describe("PollingFallback (contract §4)", () => {
  it("polls until it is stopped, and reports both once", async () => {
    const { fallback, polls, scheduler, sink, logger } = fallbackOf();
    fallback.start(5);
    fallback.start(6);
    await scheduler.advance(100_000);
    expect(polls).toHaveLength(4);
    expect(logger.lines).toEqual([
      "warn: Flag stream failing, polling every 30000 ms until it is back: 5 stream failures in a row",
    ]);
    fallback.stop();
    fallback.stop();
    await scheduler.advance(100_000);
    expect(polls).toHaveLength(4);
    expect(sink.modes).toEqual(["polling", "streaming"]);
  });

  it("keeps the mode while it is suspended, and goes on without another line", async () => {
    const { fallback, polls, scheduler, sink, logger } = fallbackOf();
    fallback.start(5);
    await scheduler.advance(0);
    fallback.suspend();
    await scheduler.advance(100_000);
    expect(polls).toHaveLength(1);
    fallback.start(6);
    await scheduler.advance(0);
    expect(polls).toHaveLength(2);
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
    expect(sink.modes).toEqual([]);
    fallback.start(5);
    fallback.close();
    await scheduler.advance(100_000);
    expect(polls).toHaveLength(1);
    expect(sink.modes).toEqual(["polling"]);
  });
});
