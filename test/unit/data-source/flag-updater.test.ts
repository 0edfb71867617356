import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { decodeFlag } from "../../../src/contract/flag.ts";
import { decodeSnapshot } from "../../../src/contract/snapshot.ts";
import { FlagUpdater } from "../../../src/data-source/flag-updater.ts";
import { createOutageReporter } from "../../../src/data-source/outage-reporter.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import type { ConfigurationAnswer } from "../../../src/http/http-client.ts";
import { createDetach } from "../../../src/runtime/async-context.ts";
import type { HostGlobals } from "../../../src/runtime/host-globals.ts";
import type { StoreLoader } from "../../../src/shared-store/snapshot-loader.ts";
import { fakeResponse } from "../../support/fake-response.ts";
import { createSourceContext } from "../../support/source-context.ts";
import { until } from "../../support/until.ts";
import { wireFlag } from "../../support/wire.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** A synced updater of flag `a`, for which the service answers after 10 ms with the version that `answer` returns. */
function createAnswered(answer: () => number) {
  const context = createSourceContext();
  const { scheduler, service, sink } = context;
  service.edit("a", "whole");
  const getFlag = async (): Promise<ConfigurationAnswer> => {
    await new Promise<void>((resolve) => void scheduler.after(10, resolve));
    return { text: "", json: wireFlag("a", { version: answer() }), etag: undefined };
  };
  const reporter = createOutageReporter(context);
  const updater = new FlagUpdater({ ...context, http: { ...context.http, getFlag } }, {
    reporter,
    maxAge: 30_000,
    onFetched() {},
  });
  updater.sync(decodeSnapshot(structuredClone(service.snapshot), reporter.warn));
  return { scheduler, sink, updater };
}

describe("FlagUpdater", () => {
  it("fetches until the highest announced version arrives, also one announced before the fetch (contract §4)", async () => {
    const answers = [6, 8, 6, 7];
    const { scheduler, sink, updater } = createAnswered(() => {
      // Announced during the second fetch: its answer does not count, and the version before it still does.
      if (answers.length === 3) updater.receiveFlag("a", 3);
      return answers.shift()!;
    });
    updater.receiveFlag("a", 7);
    updater.receiveFlag("a", 3);
    await scheduler.advance(10_000);
    expect(answers).toEqual([]);
    expect(updater.isClean).toBe(true);
    expect(sink.summary).toBe("a@8");
    updater.close();
  });

  it("asks for the version that was announced during a fetch that fails (contract §4)", async () => {
    const answers = [undefined, 7, 8];
    const { scheduler, sink, updater } = createAnswered(() => {
      const version = answers.shift();
      if (version !== undefined) return version;
      updater.receiveFlag("a", 8);
      throw new RequestError("The service is away");
    });
    updater.receiveFlag("a", 7);
    await scheduler.advance(10_000);
    expect([answers, sink.summary]).toEqual([[], "a@8"]);
    updater.close();
  });

  it("answers no refresh() by a request from before it, though a listener refreshes within a sync", async () => {
    const context = createSourceContext();
    const { service, scheduler, sink } = context;
    const reporter = createOutageReporter(context);
    const updater = new FlagUpdater(context, { reporter, maxAge: 30_000, onFetched() {} });
    service.edit("a", "whole");
    service.latency = () => 1_000;
    const polled = updater.poll();
    let fromWithin: Promise<void> | undefined;
    sink.onChange = () => fromWithin ??= updater.refresh();
    updater.sync(decodeSnapshot(structuredClone(service.snapshot), reporter.warn));
    await polled;

    service.edit("b", "whole");
    const later = updater.refresh();
    await scheduler.advanceUntil(() => service.requests.length === 3, 10_000);
    await fromWithin;
    await scheduler.advance(10_000);
    await later;
    expect(service.requests).toHaveLength(3);
    expect([...sink.flags.keys()]).toEqual(["a", "b"]);
    updater.close();
  });

  it("fetches for a caller in the caller's context, and what follows outside of it (contract §6)", async () => {
    const context = createSourceContext();
    const { service, scheduler, http } = context;
    scheduler.detach = createDetach(globalThis as HostGlobals);
    const requests = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const getSnapshot: typeof http.getSnapshot = (conditions) => {
      seen.push(requests.getStore());
      return http.getSnapshot(conditions);
    };
    const reporter = createOutageReporter(context);
    const updater = new FlagUpdater({ ...context, http: { ...http, getSnapshot } }, {
      reporter,
      maxAge: 30_000,
      onFetched() {},
    });
    service.latency = () => 100;
    const refreshed = requests.run("request", () => updater.refresh());
    const queued = requests.run("another", () => updater.refresh());
    await scheduler.advance(1_000);
    await refreshed;
    await until(() => seen.length === 2);
    await scheduler.advance(1_000);
    await queued;
    expect(seen).toEqual(["request", undefined]);
    updater.close();
  });
});

/** An updater that serves the service's flags `a` and `b`, each request of which takes a second each way. */
function createUpdater() {
  const context = createSourceContext();
  const { service, scheduler } = context;
  const reporter = createOutageReporter(context);
  let fetched = 0;
  const updater = new FlagUpdater(context, { reporter, maxAge: 30_000, onFetched: () => fetched++ });
  const sync = (): void => updater.sync(decodeSnapshot(structuredClone(service.snapshot), reporter.warn));
  for (const key of ["a", "b"]) service.edit(key, "whole");
  sync();
  service.latency = () => 1_000;
  return {
    ...context,
    updater,
    sync,
    /** Answers every request, 2 s after it was sent. */
    answerLate(status: number, content: unknown): void {
      service.answer = () =>
        new Promise((resolve) => {
          scheduler.after(2_000, () => resolve(fakeResponse(status, JSON_TYPE, JSON.stringify(content))));
        });
    },
    fetched: () => fetched,
    asked: () => service.requests.map(({ path }) => path.replace("/v1/sdk/", "")).join(" "),
  };
}

describe("FlagUpdater, a fetch that is overtaken (contract §4, order)", () => {
  it("does not bring back a flag, or a snapshot's, that a sync has removed meanwhile", async () => {
    for (const path of ["flags/a", "flags"]) {
      const { service, scheduler, sink, updater, sync, asked, answerLate } = createUpdater();
      const { snapshot } = service;
      answerLate(200, path === "flags" ? snapshot : snapshot.flags[0]);
      if (path === "flags") updater.refetch();
      else updater.receiveFlag("a", 0);
      await scheduler.advance(500);
      service.delete("a");
      sync();
      await scheduler.advance(10_000);
      expect([asked(), sink.summary]).toEqual([path, "b@0"]);
      updater.close();
    }
  });

  it("asks nothing more after a 404 that a sync, or the flag itself, has overtaken", async () => {
    for (const overtake of ["sync", "flag"]) {
      const { scheduler, sink, updater, sync, asked, answerLate } = createUpdater();
      answerLate(404, {});
      updater.receiveFlag("a", 0);
      await scheduler.advance(500);
      if (overtake === "sync") sync();
      else updater.receiveFlag("a", 0, sink.flags.get("a")!);
      await scheduler.advance(30_000);
      expect([overtake, asked(), sink.summary]).toEqual([overtake, "flags/a", "a@0 b@0"]);
      expect(updater.isClean).toBe(true);
      updater.close();
    }
  });

  it("fetches nothing of what a sync has covered, and gathers anew after it", async () => {
    const { service, scheduler, updater, sync, fetched, asked } = createUpdater();
    updater.receiveFlag("a", 0);
    await scheduler.advance(90);
    sync();
    await scheduler.advance(5_000);
    expect([asked(), fetched()]).toEqual(["", 0]);
    expect(service.requests).toEqual([]);
    updater.close();
  });

  it("confirms nothing, and keeps no text, while what was announced meanwhile is missing", async () => {
    const { scheduler, sink, updater } = createUpdater();
    updater.refetch(0);
    await scheduler.advance(500);
    updater.receiveSegment("s", 0);
    await scheduler.advanceUntil(() => sink.sources.at(-1) === "fetch", 2_000);
    expect([sink.confirmations, updater.heldText, updater.isClean]).toEqual([1, undefined, false]);
    await scheduler.advance(5_000);
    expect([sink.confirmations, updater.isClean]).toEqual([2, true]);
    expect(updater.heldText).toBeDefined();
    updater.close();
  });

  it("keeps no text of an answer beside which a flag has arrived: a sync of that text changes the flags", async () => {
    const { scheduler, sink, updater } = createUpdater();
    updater.refetch(0);
    await scheduler.advance(500);
    updater.receiveFlag("a", 5, decodeFlag(wireFlag("a", { version: 5 }), () => {}));
    await scheduler.advance(5_000);
    expect([sink.summary, updater.isClean, updater.heldText]).toEqual(["a@5 b@0", true, undefined]);
    updater.close();
  });

  it("applies nothing after close()", async () => {
    const { service, scheduler, sink, updater, fetched } = createUpdater();
    updater.refetch(0);
    await scheduler.advance(10);
    service.edit("c", "whole");
    updater.close();
    await scheduler.advance(10_000);
    expect([sink.summary, fetched()]).toEqual(["a@0 b@0", 0]);
  });

  it("asks for nothing after close() that was announced before it", async () => {
    const { service, scheduler, updater } = createUpdater();
    updater.receiveFlag("a", 0);
    await scheduler.advance(10);
    updater.close();
    await scheduler.advance(10_000);
    expect(service.requests).toEqual([]);
  });

  it("takes a recent snapshot of a store for a poll only where nothing is announced (contract §8)", async () => {
    const context = createSourceContext();
    const reporter = createOutageReporter(context);
    const maxAges: unknown[] = [];
    const load: StoreLoader["load"] = ({ maxAge }) => {
      maxAges.push(maxAge);
      const snapshot = decodeSnapshot({ version: 1, flags: [], segments: [] }, reporter.warn);
      return Promise.resolve({ snapshot, etag: undefined, text: undefined });
    };
    const shared = { load } as StoreLoader;
    const updater = new FlagUpdater({ ...context, shared }, { reporter, maxAge: 30_000, onFetched() {} });
    await updater.poll();
    updater.receiveFlag("a", 1);
    await updater.poll();
    expect(maxAges).toEqual([30_000, undefined]);
    updater.close();
  });

  it("serves nothing of a store that is read when the updater is closed", async () => {
    const context = createSourceContext();
    const { scheduler, sink } = context;
    const reporter = createOutageReporter(context);
    const stored = decodeSnapshot({ version: 1, flags: [], segments: [] }, reporter.warn);
    const load: StoreLoader["load"] = ({ onStored }) =>
      new Promise((_, reject) => {
        scheduler.after(500, () => onStored?.({ snapshot: stored, storedAt: 0 }));
        scheduler.after(1_000, () => reject(new Error("the service is away")));
      });
    const shared = { load } as StoreLoader;
    const updater = new FlagUpdater({ ...context, shared }, { reporter, maxAge: 30_000, onFetched() {} });
    const refreshed = updater.refresh().catch((error) => error.message as string);
    await scheduler.advance(100);
    updater.close();
    await scheduler.advance(2_000);
    expect([await refreshed, sink.hasSnapshot()]).toEqual([expect.stringContaining("closed"), false]);
  });
});

describe("FlagUpdater.pause() (contract §1)", () => {
  it("fetches nothing of what is announced until resume()", async () => {
    const { scheduler, updater, asked } = createUpdater();
    updater.pause();
    updater.receiveFlag("a", 0);
    await scheduler.advance(10_000);
    expect(asked()).toBe("");
    updater.resume();
    await scheduler.advance(300);
    expect(asked()).toBe("flags/a");
    updater.close();
  });
});
