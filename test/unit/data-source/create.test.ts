import { describe, expect, it } from "vitest";
import { PayloadError } from "../../../src/contract/payload-error.ts";
import { createDataSource } from "../../../src/data-source/create.ts";
import type { DataSourceMode } from "../../../src/data-source/data-source.ts";
import type { ConfigurationAnswer } from "../../../src/http/http-client.ts";
import { createSourceContext } from "../../support/source-context.ts";

const OPTIONS = { pollInterval: 30_000, pollAfterFailures: 5, maxAge: 30_000, maxStale: 300_000 };

describe("createDataSource() (contract §7)", () => {
  it.each<[DataSourceMode, string, string]>([
    ["auto", "streaming", "lazy"],
    ["streaming", "streaming", "lazy"],
    ["polling", "polling", "lazy"],
    ["lazy", "lazy", "lazy"],
    ["manual", "manual", "manual"],
  ])("picks for %s: %s with a background, %s without", (mode, withBackground, without) => {
    expect(createDataSource(createSourceContext(), { ...OPTIONS, mode }).mode).toBe(withBackground);
    expect(createDataSource(createSourceContext(1, false), { ...OPTIONS, mode }).mode).toBe(without);
  });

  it("says in one line that a mode can not be had, and starts nothing before start()", async () => {
    for (const mode of ["streaming", "polling"] as const) {
      const context = createSourceContext(1, false);
      const source = createDataSource(context, { ...OPTIONS, mode });
      expect(context.logger.lines).toEqual([]);
      source.start();
      expect(context.logger.lines).toEqual([
        expect.stringContaining(`info: Using mode "lazy": "${mode}" needs timers`),
      ]);
      expect(context.sink.modes).toEqual(["lazy"]);
      const loaded = source.ensureFresh!();
      await context.scheduler.advance(20);
      await loaded;
      expect(context.sink.sources).toEqual(["fetch"]);
    }
  });

  it.each([true, false])(
    "fetches in manual mode when told to, and only then (background: %s)",
    async (background) => {
      const context = createSourceContext(1, background);
      const { scheduler, service, sink } = context;
      service.edit("a", "whole");
      const source = createDataSource(context, { ...OPTIONS, mode: "manual" });
      source.start();
      await scheduler.advance(600_000);
      expect(service.requests).toEqual([]);
      const refreshed = source.refresh();
      await scheduler.advance(20);
      await refreshed;
      expect(sink.summary).toBe("a@0");
      service.nextFault = () => "500";
      const refused = source.refresh().catch((error: unknown) => error);
      await scheduler.advance(600_000);
      expect(await refused).toMatchObject({ status: 500 });
      expect(sink.failures).toHaveLength(1);
      expect(service.requests).toHaveLength(2);
      source.close();
    },
  );

  it.each([true, false])(
    "says once what a manual refresh() had refused, its caller aside (contract §1, §2.1; background: %s)",
    async (background) => {
      const context = createSourceContext(1, background);
      const { scheduler, service, logger } = context;
      const source = createDataSource(
        {
          ...context,
          http: { ...context.http, getSnapshot: (options) => answer ?? context.http.getSnapshot(options) },
        },
        { ...OPTIONS, mode: "manual" },
      );
      let answer: Promise<ConfigurationAnswer> | undefined;
      async function failureOfRefresh(): Promise<unknown> {
        const failure = source.refresh().catch((error: unknown) => error);
        await scheduler.advance(600_000);
        return await failure;
      }
      for (let time = 0; time < 2; time++) {
        answer = Promise.resolve({ text: `{"flags":"none"}`, json: { flags: "none" }, etag: undefined });
        expect(await failureOfRefresh()).toBeInstanceOf(PayloadError);
        answer = undefined;
        for (const fault of ["401", "500"] as const) {
          service.nextFault = () => fault;
          expect(await failureOfRefresh()).toMatchObject({ status: Number(fault) });
        }
      }
      expect(logger.lines).toEqual([
        expect.stringMatching(/^warn: refresh\(\) failed: payload refused: flags/),
        expect.stringMatching(/^error: .*the SDK key was rejected/),
      ]);
      source.close();
    },
  );
});
