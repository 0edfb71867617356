import { describe, expect, it } from "vitest";
import type { FreshnessOptions } from "../../../src/data-source/data-source.ts";
import { createOnDemandSource } from "../../../src/data-source/on-demand.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import type { Deadline } from "../../../src/runtime/scheduler.ts";
import type { StoreLoader } from "../../../src/shared-store/snapshot-loader.ts";
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

function onDemand(background = false, shared?: SourceContext["shared"], maxStale = 300_000): OnDemand {
  const context = { ...createSourceContext(1, background), shared };
  const { service, scheduler } = context;
  service.edit("a", "whole");
  service.latency = () => 50;
  const source = createOnDemandSource(context, { maxAge: 30_000, maxStale });
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

  it("loads outside of the requests that wait or are answered, and refreshes for a caller inside (contract §6)", async () => {
    const context = onDemand(true);
    const { request, refresh, scheduler, http } = context;
    let isOutside = false;
    scheduler.detach = (work) => {
      isOutside = true;
      work();
      isOutside = false;
    };
    const { getSnapshot } = http;
    const loads: string[] = [];
    Object.assign(http, {
      getSnapshot(...args: Parameters<typeof getSnapshot>) {
        loads.push(isOutside ? "outside" : "inside");
        return getSnapshot.apply(http, args);
      },
    });
    request(); // waits for the first flags
    await scheduler.advance(31_000);
    request(); // is answered with old ones, which are refreshed behind it
    await scheduler.advance(1_000);
    void refresh();
    await scheduler.advance(1_000);
    expect(loads).toEqual(["outside", "outside", "inside"]);
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

  it("treats a 304 as a confirmation (contract §6.2)", async () => {
    const { request, scheduler, sink, http, kept, waitUntil } = onDemand();
    const { getSnapshot } = http;
    const etags: unknown[] = [];
    Object.assign(http, {
      async getSnapshot(conditions: { readonly etag?: string }) {
        etags.push(conditions.etag);
        const answer = await getSnapshot.call(http, conditions);
        return etags.length === 1
          ? { ...answer, etag: '"1"' }
          : { text: undefined, json: undefined, etag: '"1"' };
      },
    });
    request();
    await scheduler.advance(31_000);
    const before = sink.confirmations;
    request({ waitUntil });
    await scheduler.advance(200);
    await Promise.all(kept);
    expect(etags).toEqual([undefined, '"1"']);
    expect([sink.sources.length, sink.confirmations - before]).toEqual([1, 1]);
  });

  it("treats the text that was applied last as a confirmation where there is no ETag (contract §6.2)", async () => {
    for (const [etag, replacements] of [[undefined, 1], [`"1"`, 2]] as const) {
      const { refresh, scheduler, sink, service } = onDemand();
      const text = JSON.stringify(service.snapshot);
      service.answer = () => new Response(text, { headers: etag === undefined ? {} : { etag } });
      for (let load = 0; load < 2; load++) {
        const loaded = refresh();
        await scheduler.advance(2_000);
        await loaded;
      }
      // With an ETag the service says so itself, and the text takes no memory.
      expect([sink.sources.length, sink.confirmations]).toEqual([replacements, 2]);
      service.answer = () => new Response(text.replace(`"value":1`, `"value":2`));
      const loaded = refresh();
      await scheduler.advance(2_000);
      await loaded;
      expect(sink.flags.get("a")?.variations[0]?.value).toBe(2);
    }
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

  it("takes the lease over a second after the request that was loading has been cancelled", async () => {
    const context = onDemand();
    const { scheduler, service, request } = context;
    cancelNextRequest(context);
    const cancelled = request();
    await scheduler.advance(0);
    scheduler.dropTimers(); // they were the cancelled request's
    await scheduler.advance(10);
    const second = request();
    const third = request();
    await scheduler.advance(5000);
    expect(cancelled.state).toBe("waits");
    for (const { state, at } of [second, third]) {
      expect(state).toBe("settled");
      expect(at).toBeLessThan(1150);
    }
    expect(service.requests).toHaveLength(1);
  });

  it("lets a lease end by itself after a second when its holder was cancelled", async () => {
    const context = onDemand();
    const { request, scheduler, sink, waitUntil } = context;
    request();
    await scheduler.advance(31_000);
    cancelNextRequest(context);
    request({ waitUntil });
    scheduler.dropTimers();
    await scheduler.advance(900);
    request({ waitUntil });
    await scheduler.advance(90);
    expect(sink.sources).toHaveLength(1);
    await scheduler.advance(10);
    request({ waitUntil });
    await scheduler.advance(200);
    expect(sink.sources).toHaveLength(2);
  });

  it("asks once while the service takes 2 s, however many requests wait for it", async () => {
    const { request, scheduler, service } = onDemand();
    service.latency = () => 1000; // each way
    const outcomes = [];
    for (let count = 0; count < 100; count++) {
      outcomes.push(request());
      await scheduler.advance(20);
    }
    await scheduler.advance(2100);
    for (const { state } of outcomes) expect(state).toBe("settled");
    expect(service.requests).toHaveLength(1);
  });

  it("asks a service that hangs once per wait of the back-off, and answers at once in between", async () => {
    const { request, scheduler, service } = onDemand();
    service.nextFault = () => "hang";
    const outcomes = [];
    for (let count = 0; count < 3000; count++) {
      outcomes.push(request());
      await scheduler.advance(20);
    }
    await scheduler.advance(3100);
    for (const { at } of outcomes) expect(at).toBeLessThanOrEqual(3000);
    // 60 s: waits of 1, 2, 4, 8 and 16 s, each after 3 s of an attempt.
    expect(service.requests.length).toBeLessThanOrEqual(8);
    expect(outcomes.filter(({ at }) => at === 0).length).toBeGreaterThan(1500);
  });

  it("begins one load per second at most, even if each holder is cancelled or each answer is old at once", async () => {
    const context = onDemand();
    const { request, scheduler, service } = context;
    service.nextFault = () => "hang";
    for (let count = 0; count < 1000; count++) {
      request();
      scheduler.dropTimers();
      await scheduler.advance(20);
    }
    expect(service.requests.length).toBeGreaterThan(15);
    expect(service.requests.length).toBeLessThanOrEqual(20);
  });

  it("holds the lease for as long as its holder is alive, and no longer than a request may take", async () => {
    const context = onDemand();
    const { request, scheduler, service } = context;
    cancelNextRequest(context); // its promise never settles, but its timers live on
    request();
    await scheduler.advance(10);
    const second = request();
    await scheduler.advance(3000);
    expect(second.state).toMatch(/Another request is loading the flags/);
    expect(service.requests).toHaveLength(0);
    await scheduler.advance(1000);
    const third = request();
    await scheduler.advance(200);
    expect(third).toEqual({ state: "settled", at: 100 });
  });

  it("rejects within 3 s when the service does not answer, or within the request's own time", async () => {
    const { request, scheduler, service } = onDemand();
    service.nextFault = () => "hang";
    const patient = request();
    await scheduler.advance(3100);
    expect(patient.state).toMatch(/RequestError: GET \/v1\/sdk\/flags aborted after 3000 ms/);
    expect(patient.at).toBe(3000);
    await scheduler.advance(2000);
    const hasty = request({ timeout: 200 });
    await scheduler.advance(3100);
    expect(hasty.at).toBe(200);
  });

  it("ends within 3 s, whatever time it was given, and ends its load where nothing keeps that alive", async () => {
    const { request, scheduler, service, sink } = onDemand();
    service.nextFault = () => "hang";
    const patient = request({ timeout: 60_000 });
    await scheduler.advance(3_000);
    expect(patient.at).toBe(3_000);
    await scheduler.advance(2_000);
    request({ timeout: 200 });
    await scheduler.advance(300);
    expect(sink.failures.at(-1)?.message).toContain("aborted after 200 ms");
  });

  it("waits no longer than its own time for work that nothing else keeps alive", async () => {
    const context = onDemand();
    const { request, scheduler } = context;
    request();
    await scheduler.advance(31_000);
    cancelNextRequest(context);
    const stale = request({ timeout: 500 });
    await scheduler.advance(3_000);
    expect(stale).toEqual({ state: "settled", at: 500 });
  });

  it("goes on loading after the response of a request that could not wait for it", async () => {
    const { request, scheduler, service, waitUntil } = onDemand();
    service.latency = () => 500;
    const hasty = request({ timeout: 200, waitUntil });
    await scheduler.advance(1100);
    expect(hasty).toEqual({ state: expect.stringMatching(/still being loaded/), at: 200 });
    const second = request({ timeout: 200, waitUntil });
    await scheduler.advance(0);
    expect(second).toEqual({ state: "settled", at: 0 });
    expect(service.requests).toHaveLength(1);
  });

  it("tries again a second after a failure, and answers at once until then", async () => {
    const { request, scheduler, service } = onDemand();
    service.nextFault = () => "refuse";
    request();
    await scheduler.advance(200);
    service.nextFault = () => undefined;
    const early = request();
    await scheduler.advance(0);
    expect(early).toEqual({ state: expect.stringMatching(/RequestError/), at: 0 });
    await scheduler.advance(1200);
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
    expect(service.requests.length).toBeLessThan(9);
    service.nextFault = () => undefined;
    await scheduler.advance(30_000);
    const healed = request();
    await scheduler.advance(200);
    expect(healed.state).toBe("settled");
  });

  it("lets a failed load of a cancelled or frozen holder say nothing once a later one has succeeded", async () => {
    const { request, refresh, scheduler, service, sink, logger } = onDemand();
    service.latency = () => 1000;
    service.nextFault = () => "500";
    const slow = refresh();
    await scheduler.advance(1);
    service.latency = () => 10;
    service.nextFault = () => undefined;
    await Promise.all([refresh(), scheduler.advance(100)]);
    await Promise.allSettled([slow, scheduler.advance(5000)]);
    const next = request();
    await scheduler.advance(0);
    expect(next).toEqual({ state: "settled", at: 0 });
    expect(sink.failures).toEqual([]);
    expect(logger.lines).toEqual([]);
  });

  it("refreshes what is older than maxStale before it is served", async () => {
    const { request, scheduler, service, sink, waitUntil } = onDemand();
    request();
    await scheduler.advance(3_600_000);
    service.edit("a", "whole");
    const first = request({ waitUntil });
    const second = request({ waitUntil });
    await scheduler.advance(200);
    for (const { state, at } of [first, second]) {
      expect(state).toBe("settled");
      expect(at).toBeGreaterThanOrEqual(100);
      expect(at).toBeLessThanOrEqual(150);
    }
    expect(sink.summary).toBe("a@3600");
    expect(service.requests).toHaveLength(2);
  });

  it("awaits every refresh where maxStale is below maxAge, and none before maxAge (contract §6.1)", async () => {
    const { request, scheduler, service, waitUntil } = onDemand(false, undefined, 1_000);
    request();
    await scheduler.advance(29_000);
    const fresh = request({ waitUntil });
    await scheduler.advance(200);
    expect([fresh.state, fresh.at, service.requests.length]).toEqual(["settled", 0, 1]);
    await scheduler.advance(2_000);
    const old = request({ waitUntil });
    await scheduler.advance(200);
    expect(old.state).toBe("settled");
    expect(old.at).toBeGreaterThanOrEqual(100);
    expect(service.requests).toHaveLength(2);
  });

  it("serves what is older than maxStale if the refresh fails, at once until it is tried again", async () => {
    const { request, scheduler, service, sink, waitUntil } = onDemand();
    request();
    await scheduler.advance(3_600_000);
    service.nextFault = () => "hang";
    const first = request({ waitUntil });
    const second = request({ waitUntil, timeout: 200 });
    await scheduler.advance(3100);
    expect(first).toEqual({ state: "settled", at: 3000 });
    expect(second).toEqual({ state: "settled", at: 200 });
    const third = request({ waitUntil });
    await scheduler.advance(0);
    expect(third).toEqual({ state: "settled", at: 0 });
    expect(sink.summary).toBe("a@0");
    expect(service.requests).toHaveLength(2);
  });

  it("looks at the store once a second while there is nothing to serve and the service fails", async () => {
    let looks = 0;
    const left = new Set<number | undefined>();
    const shared = {
      canLock: true,
      load: () => Promise.reject(new RequestError("busy", { retryAfter: 60_000 })),
      stored: ({ deadline }: { readonly deadline?: Deadline }) => {
        left.add(deadline?.remaining());
        return Promise.resolve(void looks++);
      },
    } as unknown as StoreLoader;
    const { request, scheduler } = onDemand(false, shared);
    for (let count = 0; count < 100; count++) {
      request();
      await scheduler.advance(10);
    }
    expect(looks).toBe(0); // the load itself was a look
    for (let count = 0; count < 500; count++) {
      request();
      await scheduler.advance(10);
    }
    expect(looks).toBe(5);
    expect([...left], "what a slow store may take, in ms").toEqual([3_000]);
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
    expect(service.requests.length).toBeLessThan(9);
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

  it("settles refresh() once the store has been written: nothing keeps a Cron trigger alive for it", async () => {
    let written = (): void => {};
    const load: StoreLoader["load"] = ({ afterResponse }) => {
      afterResponse?.(new Promise((resolve) => written = resolve));
      return Promise.resolve({ snapshot: undefined, etag: undefined, text: undefined });
    };
    const { refresh, scheduler } = onDemand(false, { load, canLock: true } as StoreLoader);
    let isSettled = false;
    const refreshed = refresh().then(() => isSettled = true);
    await scheduler.advance(5_000);
    expect(isSettled).toBe(false);
    written();
    await refreshed;
  });

  it("loads on refresh() whatever the age, and applies nothing after close()", async () => {
    const { request, refresh, close, scheduler, service, sink } = onDemand();
    request();
    await scheduler.advance(200);
    service.edit("a", "whole");
    const refreshed = refresh();
    await scheduler.advance(200);
    await refreshed;
    expect(service.requests).toHaveLength(2);
    service.edit("a", "whole");
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
