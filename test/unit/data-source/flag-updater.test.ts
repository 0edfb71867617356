import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { decodeSnapshot } from "../../../src/contract/snapshot.ts";
import { FlagUpdater } from "../../../src/data-source/flag-updater.ts";
import { createOutageReporter } from "../../../src/data-source/outage-reporter.ts";
import { createDetach } from "../../../src/runtime/async-context.ts";
import type { HostGlobals } from "../../../src/runtime/host-globals.ts";
import { createSourceContext } from "../../support/source-context.ts";
import { until } from "../../support/until.ts";

describe("FlagUpdater", () => {
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
