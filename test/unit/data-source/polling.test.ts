import { describe, expect, it } from "vitest";
import type { DataSource } from "../../../src/data-source/data-source.ts";
import { createPollSource } from "../../../src/data-source/polling.ts";
import { createSourceContext } from "../../support/source-context.ts";
import type { SourceContext } from "../../support/source-context.ts";

function poll(): SourceContext & { readonly source: DataSource; waits(): number[] } {
  const context = createSourceContext();
  context.service.edit("a", "whole");
  context.service.latency = () => 0;
  return {
    ...context,
    source: createPollSource(context, { pollInterval: 30_000 }),
    waits() {
      const at = context.service.requests.map((request) => request.at);
      return at.slice(1).map((time, index) => time - at[index]!);
    },
  };
}

describe("createPollSource() (contract §4)", () => {
  it("asks at once, and then every pollInterval, with jitter", async () => {
    const { source, scheduler, sink, service, waits } = poll();
    source.start();
    await scheduler.advance(0);
    expect(sink.summary).toBe("a@0");
    await scheduler.advance(3_600_000);
    expect(Math.min(...waits())).toBeGreaterThanOrEqual(30_000);
    expect(Math.max(...waits())).toBeLessThanOrEqual(33_000);
    expect(new Set(waits()).size).toBe(waits().length);
    expect(new Set(service.requests.map(({ path }) => path))).toEqual(new Set(["/v1/sdk/flags"]));
    expect(sink.sources.every((from) => from === "poll")).toBe(true);
  });

  it("measures from the end of the last poll, and never makes two at once", async () => {
    const { source, scheduler, service, waits } = poll();
    service.latency = () => 2400;
    source.start();
    await scheduler.advance(200_000);
    expect(Math.min(...waits())).toBeGreaterThanOrEqual(34_800);
    expect(Math.max(...waits())).toBeLessThanOrEqual(37_800);
  });

  it("doubles its wait on failures, up to 5 minutes, and starts again after a success", async () => {
    const { source, scheduler, sink, service, logger, waits } = poll();
    source.start();
    await scheduler.advance(1000);
    service.nextFault = () => "500";
    await scheduler.advance(3_600_000);
    const [, first, second, third, ...rest] = waits();
    expect(first).toBeGreaterThanOrEqual(30_000);
    expect(first).toBeLessThanOrEqual(60_000);
    expect(second).toBeGreaterThanOrEqual(60_000);
    expect(third).toBeGreaterThanOrEqual(120_000);
    expect(Math.min(...rest)).toBeGreaterThanOrEqual(150_000);
    expect(Math.max(...rest)).toBeLessThanOrEqual(300_000);
    expect(sink.summary).toBe("a@0");
    service.nextFault = () => undefined;
    await scheduler.advance(300_000);
    const before = waits().length;
    await scheduler.advance(100_000);
    expect(waits().length).toBeGreaterThanOrEqual(before + 3);
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn: Flag updates failing, retrying: GET \/v1\/sdk\/flags answered 500/),
      "info: Flag updates resumed",
    ]);
  });

  it("asks again soon while there is nothing to serve", async () => {
    const { source, scheduler, sink, service, waits } = poll();
    service.nextFault = () => service.requests.length < 3 ? "refuse" : undefined;
    source.start();
    await scheduler.advance(8000);
    expect(waits()).toHaveLength(3);
    expect(sink.summary).toBe("a@0");
  });

  it("tries a rejected key after 30 s (contract §1)", async () => {
    const { source, scheduler, service, waits } = poll();
    service.nextFault = () => "401";
    source.start();
    await scheduler.advance(100_000);
    expect(waits().every((wait) => wait >= 30_000 && wait <= 33_000)).toBe(true);
    expect(waits()).toHaveLength(3);
  });

  it("sends the ETag back, and treats a 304 as a confirmation", async () => {
    const context = createSourceContext();
    context.service.edit("a", "whole");
    const asked: (string | undefined)[] = [];
    const { sink, scheduler } = context;
    const http = {
      ...context.http,
      getSnapshot(options?: { etag?: string | undefined }) {
        asked.push(options?.etag);
        const text = options?.etag === `"1"` ? undefined : JSON.stringify(context.service.snapshot);
        return Promise.resolve({ text, json: text && JSON.parse(text), etag: `"1"` });
      },
    };
    const source = createPollSource({ ...context, http }, { pollInterval: 30_000 });
    source.start();
    await scheduler.advance(70_000);
    expect(asked).toEqual([undefined, `"1"`, `"1"`]);
    expect(sink.sources).toEqual(["poll"]);
    expect(sink.confirmations).toBe(3);
  });

  it("treats the text that was applied last as a confirmation, without an ETag (contract §6.2)", async () => {
    const { source, scheduler, sink, service } = poll();
    let text = JSON.stringify(service.snapshot);
    service.answer = () => new Response(text, { headers: { "content-type": "application/json" } });
    source.start();
    await scheduler.advance(0);
    const value = sink.flags.get("a");
    await scheduler.advance(70_000);
    expect(service.requests).toHaveLength(3);
    expect(sink.sources).toEqual(["poll"]);
    expect(sink.confirmations).toBe(3);
    expect(sink.age()).toBeLessThan(10_000);
    expect(sink.flags.get("a")).toBe(value);

    text = text.replace(`"enabled":true`, `"enabled":null`);
    await scheduler.advance(35_000);
    expect(sink.failures, "a refused text").toHaveLength(1);
    await scheduler.advance(150_000);
    expect(sink.failures.length, "is refused again").toBeGreaterThan(1);
    text = text.replace(`"enabled":null`, `"enabled":true`).replace(`"value":1`, `"value":2`);
    await scheduler.advance(300_000);
    expect(sink.flags.get("a")?.variations[0]?.value).toBe(2);
    source.close();
  });

  it("has refresh() fetch at once, by the side of its own rhythm", async () => {
    const { source, scheduler, sink, service } = poll();
    source.start();
    await scheduler.advance(1000);
    service.edit("b", "whole");
    const refreshed = source.refresh();
    await scheduler.advance(0);
    await refreshed;
    expect(sink.summary).toBe("a@0 b@1");
    expect(sink.sources).toEqual(["poll", "fetch"]);
  });

  it("keeps what is served when a payload is refused", async () => {
    const { source, scheduler, sink, service } = poll();
    source.start();
    await scheduler.advance(1000);
    service.nextFault = () => "malformed";
    await scheduler.advance(40_000);
    expect(sink.summary).toBe("a@0");
    expect(sink.failures[0]).toMatchObject({ code: "INVALID_PAYLOAD", path: "flags[0]" });
  });

  it("is silent after close(), and applies nothing that is still on its way", async () => {
    const { source, scheduler, sink, service } = poll();
    service.latency = () => 500;
    source.start();
    await scheduler.advance(700);
    source.close();
    await scheduler.advance(600_000);
    expect(service.requests).toHaveLength(1);
    expect(sink.sources).toEqual([]);
    expect(scheduler.armed).toBe(1); // the service's ping
  });
});
