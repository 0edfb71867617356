import { describe, expect, it } from "vitest";
import { decodeSnapshot } from "../../../src/contract/snapshot.ts";
import { FlagUpdater } from "../../../src/data-source/flag-updater.ts";
import { createOutageReporter } from "../../../src/data-source/outage-reporter.ts";
import { createSourceContext } from "../../support/source-context.ts";

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
});
