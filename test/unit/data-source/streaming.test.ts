import { describe, expect, it } from "vitest";
import type { DataSource } from "../../../src/data-source/data-source.ts";
import { createStreamSource } from "../../../src/data-source/streaming.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import type { Fault } from "../../support/service.ts";
import { createSourceContext, SDK_KEY } from "../../support/source-context.ts";
import type { SourceContext } from "../../support/source-context.ts";

interface Streaming extends SourceContext {
  readonly source: DataSource;
  /** The requests since the last time it was asked: `"stream flags flags/a"`. */
  asked(): string;
  /** When streams were dialled, in ms. */
  dials(): number[];
  /** The versions that these requests named. */
  lastEventIds(): (string | undefined)[];
}

function stream(
  options: {
    flags?: string[];
    pollInterval?: number;
    pollAfterFailures?: number;
    faults?: (path: string) => Fault | undefined;
  } = {},
): Streaming {
  const context = createSourceContext();
  const { service } = context;
  for (const key of options.flags ?? ["a", "b"]) service.edit(key, "whole");
  if (options.faults !== undefined) service.nextFault = options.faults;
  const { pollInterval = 30_000, pollAfterFailures = 5 } = options;
  const source = createStreamSource(context, { pollInterval, pollAfterFailures: pollAfterFailures });
  let seen = 0;
  return {
    ...context,
    source,
    asked() {
      const fresh = service.requests.slice(seen);
      seen = service.requests.length;
      return fresh.map(({ path }) => path.replace("/v1/sdk/", "")).join(" ");
    },
    lastEventIds: () =>
      service.requests.filter(({ path }) => path.endsWith("stream")).map(({ lastEventId }) => lastEventId),
    dials: () => service.requests.filter(({ path }) => path.endsWith("stream")).map(({ at }) => at),
  };
}

async function connected(options?: Parameters<typeof stream>[0]): Promise<Streaming> {
  const streaming = stream(options);
  streaming.source.start();
  await streaming.scheduler.advance(3000);
  expect(streaming.asked()).toBe("stream");
  return streaming;
}

/** Fails streams while it is set to. */
function streamFault(): { fault: Fault | undefined; faults(path: string): Fault | undefined } {
  const state = {
    fault: undefined as Fault | undefined,
    faults: (path: string) => path.endsWith("stream") ? state.fault : undefined,
  };
  return state;
}

describe("createStreamSource() at the start (contract §4)", () => {
  it("makes one request, and is initialized by the stream's sync", async () => {
    const { sink, scheduler, asked } = await connected();
    expect(sink.summary).toBe("a@0 b@0");
    expect(sink.sources).toEqual(["stream"]);
    await scheduler.advance(600_000);
    expect(asked()).toBe("");
  });

  it("fetches a snapshot when no sync has come within 2 s", async () => {
    const { source, sink, scheduler, asked } = stream({
      faults: (path) => path.endsWith("stream") ? "no-sync" : undefined,
    });
    source.start();
    await scheduler.advance(1999);
    expect(asked()).toBe("stream");
    await scheduler.advance(50);
    expect(asked()).toBe("flags");
    expect(sink.sources).toEqual(["fetch"]);
  });

  it("fetches a snapshot at once when the stream has failed", async () => {
    const { source, sink, scheduler, asked } = stream({
      faults: (path) => path.endsWith("stream") ? "500" : undefined,
    });
    source.start();
    await scheduler.advance(50);
    expect(asked()).toBe("stream flags");
    expect(sink.sources).toEqual(["fetch"]);
  });

  it("leaves no timer when a listener closes the client as the stream fails (contract §6)", async () => {
    const { source, scheduler, sink, asked } = stream({ faults: () => "500" });
    sink.fail = () => source.close();
    source.start();
    await scheduler.advance(1000);
    expect(asked()).toBe("stream");
    expect(scheduler.armed).toBe(1); // the service's ping
  });

  it("lets go of a connection that opens after close()", async () => {
    const { source, scheduler, service, sink } = stream();
    source.start();
    await scheduler.advance(1);
    source.close();
    await scheduler.advance(60_000);
    expect(service.connections.size).toBe(0);
    expect(service.requests.length).toBe(1);
    expect(sink.sources).toEqual([]);
    expect(scheduler.armed).toBe(1); // the service's ping
  });
});

describe("createStreamSource() liveness (contract §4)", () => {
  it("drops a connection that was silent for 90 s, and reconnects", async () => {
    const { scheduler, service, sink, dials } = await connected();
    service.disrupt("half-open");
    await scheduler.advance(85_000);
    expect(dials()).toHaveLength(1);
    await scheduler.advance(10_000);
    expect(dials()).toHaveLength(2);
    expect(sink.failures[0]?.message).toContain("silent for 90 s");
    expect(service.connections.size).toBe(1);
  });

  it("polls after 60 s without a confirmation, although the connection is open", async () => {
    const { scheduler, service, sink, asked } = await connected();
    service.disrupt("half-open");
    service.edit("a", "whole");
    await scheduler.advance(59_000);
    expect(asked()).toBe("");
    await scheduler.advance(12_000);
    expect(asked()).toBe("flags");
    expect(sink.summary).toBe("a@3 b@0");
    expect(sink.modes).toEqual(["polling"]);
    await scheduler.advance(25_000);
    expect(sink.modes).toEqual(["polling", "streaming"]);
    asked();
    await scheduler.advance(600_000);
    expect(asked()).toBe("");
  });

  it("lets pings keep a connection alive", async () => {
    const { scheduler, sink, asked } = await connected();
    await scheduler.advance(3_600_000);
    expect(asked()).toBe("");
    expect(sink.failures).toEqual([]);
  });

  it("knows at the first timer after waking that the machine slept for an hour", async () => {
    const { scheduler, service, sink, asked } = await connected();
    service.disrupt("half-open");
    service.edit("b", "whole");
    scheduler.jump(3_600_000);
    await scheduler.advance(16_000);
    expect(asked()).toBe("stream");
    expect(sink.summary).toBe("a@0 b@3");
  });

  it("does not trust bytes that come after a silence of 90 s", async () => {
    const { scheduler, service, sink } = await connected();
    scheduler.jump(3_600_000);
    service.send("ping", {});
    await scheduler.advance(10);
    expect(sink.failures[0]?.message).toContain("silent");
  });

  it("notices silence although the clock was set back by an hour", async () => {
    const { scheduler, service, asked } = await connected();
    await scheduler.advance(30_000);
    scheduler.jump(-3_600_000);
    service.disrupt("half-open");
    await scheduler.advance(185_000);
    expect(asked()).toBe("stream");
  });

  it("lets comments keep a connection alive", async () => {
    const { scheduler, service, dials } = await connected();
    const [connection] = service.connections;
    connection!.dead = true;
    for (let minute = 0; minute < 10; minute++) {
      connection!.body.write(": still here\n");
      await scheduler.advance(60_000);
    }
    expect(dials()).toHaveLength(1);
  });

  it("polls beside a connection that only sends comments: they confirm nothing (contract §6.2)", async () => {
    const { scheduler, service, asked } = await connected();
    const [connection] = service.connections;
    connection!.dead = true;
    for (let minute = 0; minute < 3; minute++) {
      connection!.body.write(": still here\n");
      await scheduler.advance(50_000);
    }
    expect(asked()).toMatch(/^flags( flags)+$/);
  });

  it("drops a connection on which an event has dripped in for 90 s, and is not whole", async () => {
    const { scheduler, service, dials } = await connected();
    const [connection] = service.connections;
    connection!.dead = true;
    for (const byte of "event: flag.updated") {
      connection!.body.write(byte);
      await scheduler.advance(5_000);
    }
    await scheduler.advance(1_000);
    expect(dials()).toHaveLength(2);
  });

  it("lets a large sync take its time, without polls beside it", async () => {
    const { source, scheduler, service, sink, asked } = stream({
      faults: (path) => path.endsWith("stream") ? "no-sync" : undefined,
    });
    source.start();
    await scheduler.advance(50);
    const [connection] = service.connections;
    connection!.dead = true;
    connection!.body.write(`event: sync\ndata: `);
    for (let quarter = 0; quarter < 16; quarter++) {
      connection!.body.write(" ".repeat(2 ** 14));
      await scheduler.advance(15_000);
    }
    expect(asked()).toBe("stream flags");
    connection!.body.write(`${JSON.stringify(service.snapshot)}\n\n`);
    await scheduler.advance(0);
    expect(sink.sources).toEqual(["fetch", "stream"]);
    connection!.body.write(`event: flag.updated\ndata: ${" ".repeat(2 ** 16)}`);
    await scheduler.advance(85_000);
    expect(asked()).not.toContain("stream");
    await scheduler.advance(10_000);
    expect(asked()).toContain("stream");
  });

  it("drops a connection that pings and brings no sync within 15 s", async () => {
    const { source, scheduler, service, sink, dials } = stream({
      faults: (path) => path.endsWith("stream") ? "no-sync" : undefined,
    });
    source.start();
    for (let second = 0; second < 14; second++) {
      await scheduler.advance(1000);
      service.send("ping", {});
    }
    expect(dials()).toHaveLength(1);
    await scheduler.advance(2_100);
    expect(dials()).toHaveLength(2);
    expect(sink.failures.at(-1)?.message).toContain("without a sync event within 15 s");
  });
});

describe("createStreamSource() reconnecting (contract §4)", () => {
  it("waits 1 s, 2 s, 4 s … 30 s, each drawn from [d/2, d]", async () => {
    const { source, scheduler, dials } = stream({
      faults: (path) => path.endsWith("stream") ? "500" : undefined,
      pollAfterFailures: 1000,
    });
    source.start();
    // What is confirmed by other means needs no polling, which would slow the attempts.
    for (let second = 0; second < 400; second += 20) {
      await scheduler.advance(20_000);
      void source.refresh();
    }
    const waits = dials().slice(1).map((at, index) => at - dials()[index]!);
    [1, 2, 4, 8, 16, 30, 30, 30].forEach((most, index) => {
      expect(waits[index]).toBeGreaterThanOrEqual(most * 500);
      expect(waits[index]).toBeLessThanOrEqual(most * 1000 + 10);
    });
    expect(new Set(waits.map((wait, index) => wait / 2 ** index)).size).toBe(waits.length);
  });

  it("does not count a connection that merely opened as a success", async () => {
    const { source, scheduler, dials } = stream({
      faults: (path) => path.endsWith("stream") ? "close-at-once" : undefined,
    });
    source.start();
    await scheduler.advance(65_000);
    expect(dials().length).toBeLessThan(8);
  });

  it("starts again after a sync", async () => {
    const state = streamFault();
    const { scheduler, service, asked, dials } = await connected({ faults: state.faults });
    state.fault = "500";
    service.disrupt("reset");
    await scheduler.advance(60_000);
    state.fault = undefined;
    await scheduler.advance(114_000);
    asked();
    service.disrupt("end");
    await scheduler.advance(1100);
    expect(asked()).toBe("stream");
    expect(dials().length).toBeGreaterThan(5);
  });

  it("waits as long as the last retry: field asked, up to 10 minutes", async () => {
    const state = streamFault();
    const { scheduler, service, asked, dials } = await connected({ faults: state.faults });
    for (const connection of service.connections) connection.body.write("retry: 20000\n\n");
    await scheduler.advance(0);
    state.fault = "503-retry-after"; // 3 s
    service.disrupt("end");
    await scheduler.advance(19_900);
    expect(asked()).toBe("");
    await scheduler.advance(5200);
    expect(asked()).toBe("stream");
    state.fault = undefined;
    await scheduler.advance(25_100);
    expect(asked()).toBe("stream");
    for (const connection of service.connections) connection.body.write("retry: 99999999999\n\n");
    await scheduler.advance(0);
    service.disrupt("end");
    const before = dials().length;
    await scheduler.advance(599_000);
    expect(dials()).toHaveLength(before);
    await scheduler.advance(151_000);
    expect(dials()).toHaveLength(before + 1);
  });

  it("waits as long as Retry-After asks", async () => {
    const { source, scheduler, dials } = stream({ faults: () => "503-retry-after" });
    source.start();
    await scheduler.advance(3000);
    expect(dials()).toHaveLength(1);
    await scheduler.advance(760);
    expect(dials()).toHaveLength(2);
  });

  it("reconnects quietly after a stream that had its sync has ended, however often", async () => {
    const { scheduler, service, sink, logger, dials } = await connected();
    const debug: string[] = [];
    logger.debug = (message) => void debug.push(message);
    for (let minute = 0; minute < 10; minute++) {
      await scheduler.advance(60_000);
      service.disrupt(minute % 2 ? "end" : "reset");
    }
    await scheduler.advance(20_000);
    expect(dials()).toHaveLength(11);
    expect(debug).toHaveLength(10);
    expect(debug[0]).toMatch(/^Flag stream reconnecting: The connection broke/);
    expect(debug[1]).toBe("Flag stream reconnecting: Flag stream ended by the service");
    expect([logger.lines, sink.failures, sink.modes]).toEqual([[], [], []]);
  });

  it("reports an outage when the first attempt fails", async () => {
    const state = streamFault();
    const { scheduler, service, sink, logger } = await connected({ faults: state.faults });
    state.fault = "500";
    service.disrupt("end");
    await scheduler.advance(490);
    expect(logger.lines).toEqual([]);
    await scheduler.advance(600);
    expect(logger.lines).toEqual([expect.stringMatching(/^warn: Flag updates failing, .* 500/)]);
    expect(sink.failures).toHaveLength(1);
    state.fault = undefined;
    await scheduler.advance(10_000);
    expect(logger.lines.slice(1)).toEqual(["info: Flag updates resumed"]);
  });

  it("reports an outage when no sync has come 10 s after the end", async () => {
    const state = streamFault();
    const { scheduler, service, sink, logger } = await connected({ faults: state.faults });
    state.fault = "no-sync";
    service.disrupt("end");
    await scheduler.advance(9_999);
    expect(logger.lines).toEqual([]);
    await scheduler.advance(1);
    expect(logger.lines).toEqual([expect.stringMatching(/^warn: .* ended by the service/)]);
    state.fault = undefined;
    await scheduler.advance(20_000);
    expect(logger.lines.slice(1)).toEqual(["info: Flag updates resumed"]);
    expect(sink.failures.length).toBeGreaterThan(0);
  });

  it("names the newest version that it holds, of a snapshot, a flag or a deletion", async () => {
    const { scheduler, service, sink, lastEventIds } = await connected();
    await scheduler.advance(4000);
    service.edit("a", "whole");
    await scheduler.advance(0);
    service.disrupt("end");
    await scheduler.advance(3000);
    service.edit("b", "key");
    await scheduler.advance(1000);
    await scheduler.advance(0);
    service.disrupt("end");
    await scheduler.advance(3000);
    service.delete("b");
    await scheduler.advance(0);
    service.disrupt("end");
    await scheduler.advance(3000);
    service.editSegment("whole");
    await scheduler.advance(0);
    service.disrupt("end");
    await scheduler.advance(3000);
    expect(sink.summary).toBe("a@7");
    expect(lastEventIds()).toEqual([undefined, "7", "10", "14", "17"]);
  });

  it("says so when a change that could not be fetched has arrived, while the stream goes on", async () => {
    let fault: Fault | undefined = "500";
    const { scheduler, service, sink, logger } = await connected({
      faults: (path) => path.endsWith("stream") ? undefined : fault,
    });
    service.edit("a", "key");
    await scheduler.advance(500);
    expect(logger.lines).toEqual([expect.stringMatching(/^warn: Flag updates failing, retrying: .* 500/)]);
    fault = undefined;
    await scheduler.advance(5_000);
    expect(sink.summary).toMatch(/^a@[^0]/);
    expect(logger.lines.slice(1)).toEqual(["info: Flag updates resumed"]);
  });

  it("says in one line each that an outage has begun and that it is over", async () => {
    const state = streamFault();
    const { scheduler, service, logger } = await connected({ faults: state.faults });
    state.fault = "503-retry-after";
    service.disrupt("reset");
    await scheduler.advance(10_000);
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn: Flag updates failing, retrying: /),
    ]);
    state.fault = undefined;
    await scheduler.advance(30_000);
    expect(logger.lines.slice(1)).toEqual(["info: Flag updates resumed"]);
  });

  it("serves what was there when a sync is malformed, and says once what is wrong with it (contract §2.1)", async () => {
    const state = streamFault();
    const { scheduler, service, sink, logger } = await connected({ faults: state.faults });
    state.fault = "malformed";
    service.disrupt("end");
    await scheduler.advance(20_000);
    expect(sink.summary).toBe("a@0 b@0");
    expect(logger.lines.filter((line) => line.includes("flags[0] must be an object"))).toHaveLength(1);
    state.fault = undefined;
    service.edit("a", "whole");
    await scheduler.advance(30_000);
    expect(sink.summary).toBe("a@23 b@0");
  });

  it("drops a connection whose sync is malformed, and opens another", async () => {
    const state = streamFault();
    const { source, scheduler, service, dials } = stream({ faults: state.faults });
    state.fault = "malformed";
    source.start();
    await scheduler.advance(50);
    expect(dials()).toHaveLength(1);
    expect(service.connections.size).toBe(0);
    state.fault = undefined;
    await scheduler.advance(1_000);
    expect(dials()).toHaveLength(2);
  });
});

describe("createStreamSource() fallback (contract §4)", () => {
  it("polls beside the retries after 5 failures, until the first sync", async () => {
    const state = streamFault();
    const { source, scheduler, service, sink, logger, asked, dials } = stream({ faults: state.faults });
    state.fault = "500";
    source.start();
    await scheduler.advance(31_000);
    expect(dials().length).toBeGreaterThanOrEqual(5);
    expect(sink.modes).toEqual(["polling"]);
    expect(sink.sources.at(-1)).toBe("poll");
    service.edit("a", "whole");
    await scheduler.advance(35_000);
    expect(sink.flagVersion("a")).toBe(31);
    state.fault = undefined;
    await scheduler.advance(31_000);
    expect(sink.modes).toEqual(["polling", "streaming"]);
    asked();
    await scheduler.advance(600_000);
    expect(asked()).toBe("");
    expect(logger.lines.filter((line) => line.includes("polling every"))).toHaveLength(1);
  });

  it("never lets a late poll overwrite what the stream delivered", async () => {
    const { source, scheduler, service, sink } = stream({ pollInterval: 1000 });
    let isBack = false;
    service.nextFault = (path) => {
      if (!path.endsWith("stream")) return undefined;
      const poll = service.requests.findLast((request) => request.path.endsWith("flags"));
      // A poll is in flight: its answer has been made, and takes 4 s to arrive.
      const isPolling = sink.modes.at(-1) === "polling" && scheduler.elapsed - poll!.at < 3000;
      if (!isPolling) return "500";
      isBack = true;
      service.edit("a", "whole");
      service.delete("b");
      return undefined;
    };
    let legs = 0;
    service.latency = () => isBack ? 0 : legs++ % 2 === 0 ? 0 : 4000;
    source.start();
    await scheduler.advanceUntil(() => isBack && sink.modes.at(-1) === "streaming", 600_000);
    const { summary } = sink;
    expect(summary).toMatch(/^a@\d+$/);
    const snapshots = sink.sources.length;
    await scheduler.advance(60_000);
    expect(sink.summary).toBe(summary);
    expect(sink.sources).toHaveLength(snapshots);
  });

  it("keeps stream attempts a minute apart while polling, the next one included", async () => {
    const state = streamFault();
    state.fault = "500";
    const { source, scheduler, sink, dials } = stream({ faults: state.faults });
    source.start();
    await scheduler.advanceUntil(() => sink.modes.includes("polling"), 60_000);
    const start = scheduler.elapsed;
    await scheduler.advance(600_000);
    const attempts = dials();
    const slow = attempts.filter((at) => at > start);
    expect(slow.length).toBeGreaterThan(6);
    const before = attempts.filter((at) => at <= start).at(-1)!;
    [before, ...slow].slice(1).forEach((at, index) => {
      expect(at - [before, ...slow][index]!).toBeGreaterThanOrEqual(60_000);
      expect(at - [before, ...slow][index]!).toBeLessThanOrEqual(113_000);
    });
  });

  it("polls within 70 s of a stream that answers with a long Retry-After, which it keeps", async () => {
    const { source, scheduler, service, sink, dials } = stream();
    service.nextFault = (path) => path.endsWith("stream") ? "503-retry-after-600" : undefined;
    source.start();
    await scheduler.advance(3000);
    service.edit("a", "whole");
    await scheduler.advance(72_000);
    expect(sink.summary).toBe("a@3 b@0");
    await scheduler.advance(520_000);
    expect(dials()).toHaveLength(1);
    await scheduler.advance(160_000);
    expect(dials()).toHaveLength(2);
  });

  it("polls when an announced change could not be fetched for a minute", async () => {
    const { scheduler, service, sink, asked } = await connected({
      faults: (path) => path.includes("flags/") ? "500" : undefined,
    });
    service.edit("a", "key");
    await scheduler.advance(92_000);
    expect(asked()).toMatch(/^(flags\/a )+flags$/);
    expect(sink.flagVersion("a")).toBe(3);
    await scheduler.advance(40_000);
    expect(sink.modes, "a ping confirms the flags again").toEqual(["polling", "streaming"]);
  });

  it("does not double the wait between polls after a 429", async () => {
    const state = streamFault();
    const { source, scheduler, service, sink } = stream({ faults: state.faults });
    state.fault = "500";
    source.start();
    await scheduler.advanceUntil(() => sink.modes.includes("polling"), 60_000);
    await scheduler.advance(5_000);
    const from = service.requests.length;
    service.nextFault = (path) => path.endsWith("stream") ? "500" : "429-retry-after";
    await scheduler.advance(300_000);
    const polls = service.requests.slice(from).filter(({ path }) => path.endsWith("flags"));
    expect(polls.length).toBeGreaterThanOrEqual(8);
  });
});

describe("createStreamSource() with a rejected key (contract §1)", () => {
  it("says so once, at error level, and tries after 30 s five times, then every 5 minutes", async () => {
    const { source, scheduler, sink, logger, asked } = stream({ faults: () => "401" });
    source.start();
    await scheduler.advance(29_000);
    expect(asked()).toBe("stream");
    expect(sink.failures).toHaveLength(1);
    expect(sink.failures[0]).toMatchObject({ keyRejected: true });
    await scheduler.advance(5 * 33_000 - 29_000 + 100);
    expect(asked()).toBe("stream stream stream stream stream");
    await scheduler.advance(250_000);
    expect(asked()).toBe("");
    await scheduler.advance(85_000);
    expect(asked()).toBe("stream");
    expect(logger.lines).toEqual([expect.stringMatching(/^error: .*rejected/)]);
    expect(logger.lines.join()).not.toContain(SDK_KEY);
  });

  it("recovers when the key is enabled again", async () => {
    const state = streamFault();
    state.fault = "401";
    const { source, scheduler, sink, logger } = stream({ faults: state.faults });
    source.start();
    await scheduler.advance(10_000);
    state.fault = undefined;
    await scheduler.advance(25_000);
    expect(sink.summary).toBe("a@0 b@0");
    expect(logger.lines.at(-1)).toBe("info: Flag updates resumed");
  });

  it("goes on with announced changes once the key is no longer what fails", async () => {
    let faults = new Map<string, Fault>();
    const { scheduler, service, sink, asked } = await connected({
      faults: (path) => faults.get(path.includes("stream") ? "stream" : "flags"),
    });
    faults = new Map<string, Fault>([["stream", "401"], ["flags", "500"]]);
    service.edit("a", "key");
    await scheduler.advance(1);
    service.disrupt("end");
    await scheduler.advance(20_000);
    expect(sink.summary).toBe("a@0 b@0");
    asked();
    faults = new Map<string, Fault>([["stream", "500"]]);
    await scheduler.advance(25_000);
    expect(asked()).toContain("flags/a");
    expect(sink.summary).toBe("a@3 b@0");
  });

  it("treats a 403 with HTML as a firewall's, which is transient", async () => {
    const { source, scheduler, dials, sink } = stream({ faults: () => "403-html" });
    source.start();
    await scheduler.advance(3100);
    expect(dials().length).toBe(3);
    expect(sink.failures[0]).toMatchObject({ keyRejected: false, status: 403 });
  });
});

describe("createStreamSource() with 429 (contract §1)", () => {
  it("asks the service nothing for 30 s when it names no time", async () => {
    const { source, scheduler, asked } = stream({ faults: () => "429" });
    source.start();
    await scheduler.advance(29_900);
    expect(asked()).toBe("stream");
    await scheduler.advance(8000);
    expect(asked()).not.toBe("");
  });
});

describe("createStreamSource() updates (contract §4)", () => {
  it("applies a whole flag without a request", async () => {
    const { scheduler, service, sink, asked } = await connected();
    service.edit("a", "whole");
    service.edit("new", "whole");
    service.delete("b");
    await scheduler.advance(0);
    expect(sink.summary).toBe("a@3 new@3");
    expect(asked()).toBe("");
  });

  it("gathers names for 100 to 250 ms and fetches up to two flags by their keys", async () => {
    const { scheduler, service, sink, asked } = await connected();
    service.edit("a", "key");
    await scheduler.advance(60);
    service.edit("б/", "key");
    service.edit("a", "key");
    await scheduler.advance(39);
    expect(asked()).toBe("");
    await scheduler.advance(162);
    expect(asked()).toBe("flags/a flags/%D0%B1%2F");
    expect(sink.summary).toBe("a@3 b@0 б/@3");
  });

  it("fetches one snapshot for three names or more", async () => {
    const { scheduler, service, sink, asked } = await connected();
    for (const key of ["a", "b", "c"]) service.edit(key, "key");
    await scheduler.advance(300);
    expect(asked()).toBe("flags");
    expect(sink.summary).toBe("a@3 b@3 c@3");
  });

  it.each(["", ".", "..", "\ud800"])(
    "fetches a snapshot for the key %j, which no path can carry",
    async (key) => {
      const { scheduler, service, sink, asked } = await connected();
      service.edit(key, "key");
      await scheduler.advance(300);
      expect(asked()).toBe("flags");
      expect(sink.flagVersion(key)).toBe(3);
    },
  );

  it("never loses an update because its fetch failed", async () => {
    let failures = 3;
    const { scheduler, service, sink, asked } = await connected({
      faults: (path) => path.includes("flags/") && failures-- > 0 ? "500" : undefined,
    });
    service.edit("a", "key");
    await scheduler.advance(8000);
    expect(asked()).toBe("flags/a flags/a flags/a flags/a");
    expect(sink.flagVersion("a")).toBe(3);
    await scheduler.advance(60_000);
    expect(asked()).toBe("");
  });

  it("does not fetch what a sync has covered", async () => {
    const { scheduler, service, sink, asked } = await connected({
      faults: (path) => path.includes("flags/") ? "500" : undefined,
    });
    service.edit("a", "key");
    await scheduler.advance(300);
    expect(asked()).toBe("flags/a");
    service.disrupt("end");
    await scheduler.advance(60_000);
    expect(asked()).toMatch(/^(flags\/a )?stream$/);
    expect(sink.flagVersion("a")).toBe(3);
  });

  it("asks again when an answer is older than what was announced, but not forever", async () => {
    const { scheduler, service, sink, asked } = await connected();
    service.send("flag.updated", { key: "a", version: 99 });
    await scheduler.advance(120_000);
    expect(asked()).toBe("flags/a flags/a flags/a flags/a");
    expect(sink.flagVersion("a")).toBe(0);
  });

  it("takes a flag away only when a snapshot confirms the 404", async () => {
    const { scheduler, service, sink, asked } = await connected();
    service.send("flag.updated", { key: "a", version: 1 });
    await scheduler.advance(0);
    // Nobody is notified of the deletion.
    service.streamLatency = () => 10_000;
    service.delete("a");
    await scheduler.advance(260);
    expect(asked()).toBe("flags/a");
    expect(sink.summary).toBe("a@0 b@0");
    await scheduler.advance(260);
    expect(asked()).toBe("flags");
    expect(sink.summary).toBe("b@0");
  });

  it("asks nothing more of a flag that it never had and that is not there", async () => {
    const { scheduler, service, asked } = await connected();
    service.send("flag.created", { key: "phantom", version: 1 });
    await scheduler.advance(60_000);
    expect(asked()).toBe("flags/phantom");
  });

  it("makes one refetch of a burst of segment updates, and one more of those during it", async () => {
    const { scheduler, service, sink, asked } = await connected();
    for (let burst = 0; burst < 50; burst++) service.editSegment();
    await scheduler.advance(100);
    service.latency = () => 500;
    await scheduler.advance(600);
    expect(asked()).toBe("flags");
    for (let burst = 0; burst < 50; burst++) service.editSegment();
    await scheduler.advance(5000);
    expect(asked()).toBe("flags");
    expect(sink.segments).toEqual(service.snapshot.segments);
  });

  it("applies a whole segment without a request", async () => {
    const { scheduler, service, sink, asked } = await connected();
    await scheduler.advance(1000);
    service.editSegment("whole");
    await scheduler.advance(60_000);
    expect(sink.segments).toEqual(service.snapshot.segments);
    expect(asked()).toBe("");
  });

  it("asks again when a snapshot's segment is older than what was announced", async () => {
    const { scheduler, service, sink, asked } = await connected();
    await scheduler.advance(1000);
    service.send("segment.updated", { key: "s", version: 4 });
    await scheduler.advance(300);
    expect(asked()).toBe("flags");
    // The replica catches up, and the event of that is of no help.
    service.streamLatency = () => 10 ** 6;
    service.editSegment();
    expect(service.snapshot.segments[0]?.version).toBe(4);
    await scheduler.advance(60_000);
    expect(asked()).toBe("flags");
    expect(sink.segments).toEqual(service.snapshot.segments);
  });

  it("accepts the fourth answer whose segment is older than what was announced", async () => {
    const { scheduler, service, asked } = await connected();
    service.send("segment.updated", { key: "s", version: 999 });
    await scheduler.advance(120_000);
    expect(asked()).toBe("flags flags flags flags");
  });

  it("keeps the stream's segment when the snapshot fetched meanwhile is older", async () => {
    const { source, scheduler, service, sink } = await connected();
    await scheduler.advance(1000);
    service.latency = () => 400;
    const refreshed = source.refresh();
    await scheduler.advance(600); // The answer is made.
    service.editSegment("whole");
    await scheduler.advance(1000);
    await refreshed;
    expect(sink.segments).toEqual(service.snapshot.segments);
  });

  it("never brings back a flag that was deleted while it was fetched", async () => {
    const { scheduler, service, sink } = await connected();
    service.edit("a", "key");
    // The answer is made before the deletion, and arrives after it.
    service.latency = () => 400;
    await scheduler.advance(100 + 250 + 500);
    service.delete("a");
    await scheduler.advance(5000);
    expect(sink.summary).toBe("b@0");
  });

  it("refetches when it can not read an update, since the update is not to be lost", async () => {
    const { scheduler, service, sink, asked, logger } = await connected();
    service.send("flag.updated", { key: "a", variations: 7 });
    await scheduler.advance(300);
    expect(asked()).toBe("flags");
    expect(sink.failures).toHaveLength(1);
    expect(logger.lines[0]).toMatch(/^warn: .*type must be a string/);
  });

  it("keeps the stored copy of a flag that names what this version does not know (contract §2.1)", async () => {
    const { scheduler, service, sink, asked, logger } = await connected();
    const [flag] = service.snapshot.flags;
    service.send("flag.updated", { ...flag, version: 9, fallthrough: { type: "Bandit" } });
    await scheduler.advance(60_000);
    expect(sink.summary).toBe("a@0 b@0");
    expect(asked()).toBe("");
    expect(logger.lines).toEqual([expect.stringContaining("Bandit")]);
  });

  it("is confirmed by pings, but not while it knows that something is missing (contract §6.2)", async () => {
    const { scheduler, service, sink } = await connected({
      faults: (path) => path.includes("flags/") ? "500" : undefined,
    });
    await scheduler.advance(60_000);
    const confirmed = sink.confirmations;
    expect(confirmed).toBe(3);
    service.edit("a", "key");
    await scheduler.advance(56_000);
    expect(sink.confirmations).toBe(confirmed);
  });
});

describe("createStreamSource().refresh()", () => {
  it("fetches a snapshot, and settles when it is applied", async () => {
    const { source, scheduler, sink, asked } = await connected();
    const refreshed = source.refresh();
    await scheduler.advance(20);
    await refreshed;
    expect(asked()).toBe("flags");
    expect(sink.sources).toEqual(["stream", "fetch"]);
  });

  it("makes two requests of any number of calls: one under way may be older than the call", async () => {
    const { source, scheduler, asked } = await connected();
    const calls = [source.refresh()];
    await scheduler.advance(1);
    for (let call = 0; call < 100; call++) calls.push(source.refresh());
    await scheduler.advance(100);
    await Promise.all(calls);
    expect(asked()).toBe("flags flags");
  });

  it("rejects with the failure, and with CLIENT_CLOSED after close()", async () => {
    const { source, scheduler, sink, logger } = await connected({
      faults: (path) => path.endsWith("flags") ? "500" : undefined,
    });
    const refreshed = source.refresh().catch((error: unknown) => error);
    await scheduler.advance(20);
    expect(await refreshed).toBeInstanceOf(RequestError);
    expect(sink.failures).toHaveLength(1);
    expect(logger.lines, "an outage that is none").toEqual([]);
    const pending = source.refresh().catch((error: unknown) => error);
    source.close();
    expect(await pending).toMatchObject({ code: "CLIENT_CLOSED" });
    expect(await source.refresh().catch((error: unknown) => error)).toMatchObject({ code: "CLIENT_CLOSED" });
  });

  it("fetches again when a sync has overtaken it, since that may be older than the call", async () => {
    const { source, scheduler, service, asked } = await connected();
    service.disrupt("end");
    await scheduler.advance(100);
    service.latency = () => 900;
    const refreshed = source.refresh();
    await scheduler.advance(0);
    service.latency = () => 0;
    await scheduler.advance(5000);
    await refreshed;
    expect(asked()).toBe("flags stream flags");
  });
});

describe("createStreamSource(), a sync with the text that was applied last (contract §4, §6.2)", () => {
  /** A stream whose `sync` is always this text, and what it serves of flag `a`. */
  async function synced(change: (text: string) => string = (text) => text) {
    const streaming = await connected();
    const { service, scheduler, sink } = streaming;
    const text = change(JSON.stringify(service.snapshot));
    const sync = async (data = text): Promise<void> => {
      service.send("sync", JSON.parse(data));
      await scheduler.advance(10);
    };
    await sync();
    return { ...streaming, text, sync, flag: () => sink.flags.get("a") };
  }

  it("is a confirmation: nothing is decoded or replaced, and the age begins anew", async () => {
    const { sync, flag, sink, scheduler } = await synced();
    const [before, replaced, confirmed] = [flag(), sink.sources.length, sink.confirmations];
    await scheduler.advance(20_000);
    await sync();
    expect(flag()).toBe(before);
    expect(sink.sources).toHaveLength(replaced);
    expect(sink.confirmations).toBe(confirmed + 1);
    expect(sink.age()).toBeLessThan(100);
  });

  it("covers what was announced, like any other", async () => {
    const { sync, service, scheduler, sink, asked } = await synced();
    service.send("flag.updated", { key: "a", version: 0 });
    await sync();
    await scheduler.advance(1_000);
    expect(asked()).toBe("");
    expect(sink.sources.at(-1)).toBe("stream");
  });

  it.each<[string, (streaming: Streaming) => void]>([
    ["a flag", ({ service }) => service.edit("a", "whole")],
    ["a deletion", ({ service }) => service.delete("a")],
    ["a segment", ({ service }) => service.editSegment("whole")],
    ["a flag that was fetched", ({ service }) => service.edit("a", "key")],
    ["a snapshot that was fetched", ({ service, source }) => {
      service.edit("a", "whole");
      void source.refresh();
    }],
  ])("is decoded after %s was applied in between", async (_what, change) => {
    const streaming = await synced();
    const { sync, flag, sink, scheduler, text } = streaming;
    change(streaming);
    await scheduler.advance(1_000);
    await sync();
    expect(flag()?.variations[0]?.value).toBe(1);
    const { segments } = JSON.parse(text) as { segments: { version: number }[] };
    expect(sink.segments.map(({ version }) => version)).toEqual(segments.map(({ version }) => version));
  });

  it("is decoded when it has the length alone", async () => {
    const { sync, flag, text } = await synced();
    const other = text.replace(`"value":1`, `"value":7`);
    expect(other).toHaveLength(text.length);
    await sync(other);
    expect(flag()?.variations[0]?.value).toBe(7);
    await sync();
    expect(flag()?.variations[0]?.value).toBe(1);
  });

  it("warns once of what it drops, and is refused as often as it comes", async () => {
    const { sync, sink, logger, scheduler, text, service } = await synced((text) =>
      text.replace(`"type":"Fixed"`, `"type":"Other"`)
    );
    expect(logger.lines).toHaveLength(1);
    await sync();
    expect(logger.lines).toHaveLength(1);
    const bad = text.replace(`"enabled":true`, `"enabled":null`);
    await sync(bad);
    expect(sink.failures).toHaveLength(1);
    service.nextFault = (path) => path.endsWith("stream") ? "malformed" : undefined;
    await scheduler.advance(5_000);
    expect(sink.failures.length).toBeGreaterThan(1);
  });

  it("confirms what a poll has brought, and a poll what it has brought, whose ETag is sent from then on", async () => {
    const { sync, flag, sink, service, source, scheduler, http, text } = await synced();
    const [before, replaced] = [flag(), sink.sources.length];
    const etags: unknown[] = [];
    const { getSnapshot } = http;
    Object.assign(http, {
      getSnapshot(conditions: Parameters<typeof getSnapshot>[0]) {
        etags.push(conditions?.etag);
        return getSnapshot.call(http, conditions);
      },
    });
    service.answer = (path) =>
      path.endsWith("flags") ? new Response(text, { headers: { etag: `"1"` } }) : undefined;
    for (let call = 0; call < 2; call++) {
      const refreshed = source.refresh();
      await scheduler.advance(100);
      await refreshed;
    }
    await sync();
    expect(etags).toEqual([undefined, `"1"`]);
    expect(flag()).toBe(before);
    expect(sink.sources).toHaveLength(replaced);
  });
});
