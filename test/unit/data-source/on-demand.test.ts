import { describe, expect, it } from "vitest";
import type { FreshnessOptions } from "../../../src/data-source/data-source.ts";
import { createOnDemandSource } from "../../../src/data-source/on-demand.ts";
import { createSourceContext } from "../../support/source-context.ts";
import type { SourceContext } from "../../support/source-context.ts";

interface OnDemand extends SourceContext {
  /** Asks within a request of its own; tells how that went, and when. */
  request(options?: FreshnessOptions): { state: string; at: number | undefined };
  refresh(): Promise<void>;
  close(): void;
  /** What was handed to `waitUntil`. */
  readonly kept: Promise<unknown>[];
  readonly waitUntil: (work: Promise<unknown>) => void;
}

function onDemand(background = false): OnDemand {
  const context = createSourceContext(1, background);
  const { service, scheduler } = context;
  service.edit("a", "whole");
  service.latency = () => 50;
  const source = createOnDemandSource(context, { maxAge: 30_000 });
  source.start();
  const kept: Promise<unknown>[] = [];
  return {
    ...context,
    kept,
    waitUntil: (work) => void kept.push(work),
    refresh: () => source.refresh(),
    close: () => source.close(),
    request(options) {
      const outcome = { state: "waits", at: undefined as number | undefined };
      const start = scheduler.elapsed;
      const done = (state: string) => (): void => {
        outcome.state = state;
        outcome.at = scheduler.elapsed - start;
      };
      source.ensureFresh!(options).then(done("settled"), (error: unknown) => done(String(error))());
      return outcome;
    },
  };
}

/** Makes calls hang that only their own request could end: as when that was cancelled. */
function cancelNextRequest(context: SourceContext): void {
  const { http } = context;
  const { getSnapshot } = http;
  Object.assign(http, {
    getSnapshot(): Promise<never> {
      Object.assign(http, { getSnapshot });
      return new Promise(() => {});
    },
  });
}

describe("createOnDemandSource() (contract §6.1)", () => {
  it("does nothing until a request asks", async () => {
    const { scheduler, service } = onDemand();
    await scheduler.advance(600_000);
    expect(service.requests).toEqual([]);
    expect(scheduler.armed).toBe(1); // the service's ping
  });

  it("loads for the first request, and costs nothing while that is fresh", async () => {
    const { request, scheduler, service, sink } = onDemand();
    const first = request();
    await scheduler.advance(200);
    expect(first).toEqual({ state: "settled", at: 100 });
    expect(sink.summary).toBe("a@0");
    for (let later = 0; later < 10; later++) {
      await scheduler.advance(2900);
      const next = request();
      await scheduler.advance(0);
      expect(next).toEqual({ state: "settled", at: 0 });
    }
    expect(service.requests).toHaveLength(1);
  });

  it("uses an old snapshot at once, and refreshes it behind the answer", async () => {
    const { request, scheduler, service, sink, kept, waitUntil } = onDemand();
    request();
    await scheduler.advance(31_000);
    service.edit("a", "whole");
    const stale = request({ waitUntil });
    await scheduler.advance(0);
    expect(stale).toEqual({ state: "settled", at: 0 });
    expect(kept).toHaveLength(1);
    await scheduler.advance(100);
    await kept[0];
    expect(sink.summary).toBe("a@31");
  });

  it("refreshes once, however many requests find the snapshot old", async () => {
    const { request, scheduler, service, kept, waitUntil } = onDemand();
    request();
    await scheduler.advance(31_000);
    for (let count = 0; count < 100; count++) request({ waitUntil });
    await scheduler.advance(5000);
    expect(service.requests).toHaveLength(2);
    expect(kept).toHaveLength(1);
  });

  it("waits for the refresh where nothing would keep it alive behind the answer", async () => {
    const { request, scheduler, sink } = onDemand();
    request();
    await scheduler.advance(31_000);
    const stale = request();
    await scheduler.advance(200);
    expect(stale).toEqual({ state: "settled", at: 100 });
    expect(sink.sources).toHaveLength(2);
  });

  it("does not wait for it where there is a background", async () => {
    const { request, scheduler, sink } = onDemand(true);
    request();
    await scheduler.advance(31_000);
    const stale = request();
    await scheduler.advance(200);
    expect(stale.at).toBe(0);
    expect(sink.sources).toHaveLength(2);
  });

  it("polls for what another request is loading, and shares no promise with it", async () => {
    const { request, scheduler, service } = onDemand();
    request();
    await scheduler.advance(10);
    const second = request();
    await scheduler.advance(500);
    expect(second.state).toBe("settled");
    expect(second.at).toBeLessThanOrEqual(125);
    expect(service.requests).toHaveLength(1);
  });

  it("loads for itself after 500 ms when the request that was loading has been cancelled", async () => {
    const context = onDemand();
    cancelNextRequest(context);
    const cancelled = context.request();
    await context.scheduler.advance(10);
    const second = context.request();
    await context.scheduler.advance(5000);
    expect(cancelled.state).toBe("waits");
    expect(second).toEqual({ state: "settled", at: 600 });
  });

  it("lets a lease expire by itself within seconds when its holder was cancelled", async () => {
    const context = onDemand();
    const { request, scheduler, sink, waitUntil } = context;
    request();
    await scheduler.advance(31_000);
    cancelNextRequest(context);
    request({ waitUntil });
    await scheduler.advance(3000);
    request({ waitUntil });
    await scheduler.advance(200);
    expect(sink.sources).toHaveLength(1);
    await scheduler.advance(1000);
    request({ waitUntil });
    await scheduler.advance(200);
    expect(sink.sources).toHaveLength(2);
  });

  it("rejects within 3 s when the service does not answer, or within the request's own time", async () => {
    const { request, scheduler, service } = onDemand();
    service.nextFault = () => "hang";
    const patient = request();
    await scheduler.advance(3100);
    expect(patient.state).toMatch(/RequestError: GET \/v1\/sdk\/flags aborted after 3000 ms/);
    expect(patient.at).toBe(3000);
    const hasty = request({ timeout: 200 });
    await scheduler.advance(3100);
    expect(hasty.at).toBe(200);
  });

  it("tries again for the next request after a failure: nothing remembers it", async () => {
    const { request, scheduler, service } = onDemand();
    service.nextFault = () => "refuse";
    request();
    await scheduler.advance(200);
    service.nextFault = () => undefined;
    const second = request();
    await scheduler.advance(200);
    expect(second.state).toBe("settled");
  });

  it("does not turn an outage into a flood", async () => {
    const { request, scheduler, service } = onDemand();
    service.nextFault = () => "500";
    for (let count = 0; count < 600; count++) {
      request();
      await scheduler.advance(100);
    }
    expect(service.requests.length).toBeLessThan(24);
    service.nextFault = () => undefined;
    await scheduler.advance(5000);
    const healed = request();
    await scheduler.advance(200);
    expect(healed.state).toBe("settled");
  });

  it("takes a hundred requests that fail at once for one failure, and is well within seconds", async () => {
    const { request, scheduler, service } = onDemand();
    service.nextFault = () => "500";
    service.latency = () => 300; // beyond the lookout, so that nearly all of them load
    for (let count = 0; count < 100; count++) request();
    await scheduler.advance(5000);
    service.latency = () => 50;
    service.nextFault = () => undefined;
    const next = request();
    await scheduler.advance(200);
    expect(next).toEqual({ state: "settled", at: 100 });
  });

  it("goes on serving an old snapshot through an outage", async () => {
    const { request, scheduler, service, sink, waitUntil, logger } = onDemand();
    request();
    await scheduler.advance(31_000);
    service.nextFault = () => "500";
    for (let count = 0; count < 100; count++) {
      const stale = request({ waitUntil });
      await scheduler.advance(600);
      expect(stale).toEqual({ state: "settled", at: 0 });
    }
    expect(sink.summary).toBe("a@0");
    expect(service.requests.length).toBeLessThan(16);
    expect(logger.lines).toHaveLength(1);
  });

  it("does not retry a rejected key for 30 s, and rejects every request with that error (contract §1)", async () => {
    const { request, scheduler, service, logger } = onDemand();
    service.nextFault = () => "401";
    for (let count = 0; count < 10; count++) {
      const rejected = request();
      await scheduler.advance(2900);
      expect(rejected.state).toContain("401");
    }
    expect(service.requests).toHaveLength(1);
    expect(logger.lines).toEqual([expect.stringMatching(/^error: /)]);
    service.nextFault = () => undefined;
    await scheduler.advance(5000);
    const healed = request();
    await scheduler.advance(200);
    expect(healed.state).toBe("settled");
  });

  it("survives a clock that is set back by an hour, in mid-load too", async () => {
    const context = onDemand();
    const { request, scheduler, sink, waitUntil } = context;
    request();
    await scheduler.advance(31_000);
    cancelNextRequest(context);
    request({ waitUntil });
    scheduler.jump(-3_600_000);
    request({ waitUntil });
    await scheduler.advance(200);
    expect(sink.sources).toHaveLength(2);
  });

  it("works in a Worker's global scope time, where the clock stands at zero", async () => {
    const context = onDemand();
    const { request, scheduler, sink } = context;
    scheduler.jump(-scheduler.now());
    request();
    await scheduler.advance(200);
    expect(sink.summary).toBe("a@0");
  });

  it("refreshes a bootstrap snapshot at the first request", async () => {
    const { request, scheduler, service, sink, waitUntil } = onDemand();
    sink.replace({ environment: "", version: 0, flags: [], segments: [] }, "bootstrap");
    const first = request({ waitUntil });
    await scheduler.advance(200);
    expect(first.at).toBe(0);
    expect(sink.sources).toEqual(["bootstrap", "fetch"]);
    expect(service.requests).toHaveLength(1);
  });

  it("loads on refresh() whatever the age, and applies nothing after close()", async () => {
    const { request, refresh, close, scheduler, service, sink } = onDemand();
    request();
    await scheduler.advance(200);
    const refreshed = refresh();
    await scheduler.advance(200);
    await refreshed;
    expect(service.requests).toHaveLength(2);
    const late = refresh();
    close();
    await scheduler.advance(200);
    await late;
    expect(sink.sources).toHaveLength(2);
  });

  it("drops an answer that a later load has overtaken", async () => {
    const { refresh, scheduler, service, sink } = onDemand();
    let slow = 2000;
    service.latency = () => slow;
    const first = refresh();
    await scheduler.advance(1);
    slow = 10;
    const second = refresh();
    service.edit("b", "whole");
    await scheduler.advance(100);
    await second;
    expect(sink.summary).toBe("a@0 b@0");
    service.delete("b");
    await scheduler.advance(5000);
    await first.catch(() => {});
    expect(sink.sources).toHaveLength(1);
  });
});
