import { describe, expect, it } from "vitest";
import { EventStreams } from "../../../../src/server/api/event-streams.ts";
import type { EventStreamsOptions } from "../../../../src/server/api/event-streams.ts";
import type { OpenStream, StreamSink } from "../../../../src/server/http/body.ts";
import { ManualScheduler } from "../../../support/manual-scheduler.ts";
import { wireFlag } from "../../../support/wire.ts";
import { ask, createApi, detailOf, openStream, readStream } from "../local-api.ts";

const STREAM = "/v1/sdk/stream";

/** A flag of this many kilobytes. */
function heavyFlag(kilobytes: number): ReturnType<typeof wireFlag> {
  const variations = [{ key: "on", value: "x".repeat(kilobytes * 1024) }, { key: "off", value: "" }];
  return wireFlag("heavy", { type: "String", variations });
}

describe("GET /v1/sdk/stream", () => {
  it("sends sync first, then deltas in order, then pings (contract §4)", async () => {
    const scheduler = new ManualScheduler();
    const api = createApi({ scheduler });
    const response = await ask(api, "GET", STREAM);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-cache, no-transform");
    const stream = readStream(response);
    api.patchFlag("dark-mode", { enabled: false });
    api.deleteFlag("dark-mode");
    await scheduler.advance(30_000);

    const snapshot = JSON.parse(JSON.stringify(createApi().snapshot));
    expect(await stream.next()).toEqual({ event: "sync", data: snapshot });
    expect(await stream.next()).toMatchObject({
      event: "flag.updated",
      data: { key: "dark-mode", version: 2 },
    });
    expect(await stream.next()).toEqual({ event: "flag.deleted", data: { key: "dark-mode", version: 3 } });
    expect(await stream.next()).toEqual({ event: "ping", data: { timestamp: "2026-01-01T00:00:30.000Z" } });
    await scheduler.advance(30_000);
    expect(await stream.next()).toEqual({ event: "ping", data: { timestamp: "2026-01-01T00:01:00.000Z" } });
    api.close();
  });

  it("syncs a later stream with what has changed before", async () => {
    const api = createApi({ environment: { version: 1, flags: [wireFlag("dark-mode")] } });
    api.patchFlag("dark-mode", { enabled: false });
    const stream = await openStream(api);
    expect(await stream.next()).toMatchObject({
      event: "sync",
      data: { version: 2, flags: [{ key: "dark-mode", version: 2, enabled: false }] },
    });
    api.close();
  });

  it("pings as often as `pingInterval` says, and only while a stream is open", async () => {
    const scheduler = new ManualScheduler();
    const api = createApi({ scheduler, pingInterval: 5_000 });
    expect(scheduler.armed).toBe(0);
    const streams = [await openStream(api), await openStream(api)];
    expect(scheduler.armed).toBe(1);
    for (const stream of streams) await stream.next();
    await scheduler.advance(5_000);
    for (const stream of streams) expect(await stream.next()).toMatchObject({ event: "ping" });
    expect(scheduler.keepingAlive).toBe(0);
    for (const stream of streams) await stream.cancel();
    expect(scheduler.armed).toBe(0);
    await openStream(api);
    expect(scheduler.armed).toBe(1);
    api.close();
    expect(scheduler.armed).toBe(0);
  });

  it("forgets a stream that its reader cancels", async () => {
    const api = createApi();
    const [one, other] = [await openStream(api), await openStream(api)];
    expect(api.openStreams).toBe(2);
    await one.cancel();
    expect(api.openStreams).toBe(1);
    api.patchFlag("dark-mode", {});
    await other.next();
    expect(await other.next()).toMatchObject({ event: "flag.updated" });
    await other.cancel();
    expect(api.openStreams).toBe(0);
  });

  it("cuts off a reader that does not read, and no other", async () => {
    const api = createApi({ environment: { flags: [heavyFlag(100)] }, maxBacklogBytes: 256 * 1024 });
    const slow = await openStream(api);
    const quick = await openStream(api);
    await quick.next();
    // Its first event does not count against a reader that has not begun.
    for (let update = 0; update < 2; update++) {
      api.patchFlag("heavy", {});
      await quick.next();
    }
    expect(api.openStreams).toBe(2);
    api.patchFlag("heavy", {});
    await quick.next();
    expect(api.openStreams).toBe(1);
    await expect(slow.next()).rejects.toBeUndefined();
    api.patchFlag("heavy", {});
    expect(await quick.next()).toMatchObject({ event: "flag.updated", data: { version: 5 } });
    await quick.cancel();
  });

  it("answers 503 beyond `maxStreams`, and has room again when one has gone", async () => {
    const api = createApi({ maxStreams: 2 });
    const first = await openStream(api);
    await openStream(api);
    const refused = await ask(api, "GET", STREAM);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(await detailOf(refused)).toBe("Too many open streams");
    await first.cancel();
    expect((await ask(api, "GET", STREAM)).status).toBe(200);
    api.close();
  });

  it("opens nothing for HEAD", async () => {
    const api = createApi();
    const response = await ask(api, "HEAD", STREAM);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(api.openStreams).toBe(0);
  });
});

describe("close()", () => {
  it("ends 200 streams and the timer, and the API goes on answering", async () => {
    const scheduler = new ManualScheduler();
    const api = createApi({ scheduler });
    const streams = await Promise.all(Array.from({ length: 200 }, () => openStream(api)));
    expect(api.openStreams).toBe(200);
    api.close();
    expect(api.openStreams).toBe(0);
    expect(scheduler.armed).toBe(0);
    for (const stream of streams) {
      expect(await stream.next()).toMatchObject({ event: "sync" });
      expect(await stream.next()).toBeUndefined();
    }
    api.close();
    expect(await (await openStream(api)).next()).toMatchObject({ event: "sync" });
    api.close();
  });
});

describe("EventStreams", () => {
  /** A connection that accepts bytes at once, or only after `drained()`. */
  class Sink implements StreamSink {
    readonly pieceSize: number;
    readonly written: string[] = [];
    isReady = true;
    ended = "";

    constructor(pieceSize: number) {
      this.pieceSize = pieceSize;
    }

    write(bytes: Uint8Array): boolean {
      this.written.push(new TextDecoder().decode(bytes));
      return this.isReady;
    }

    end(): void {
      this.ended += "end";
    }

    destroy(): void {
      this.ended += "destroy";
    }
  }

  const FIRST = new TextEncoder().encode("first\n\n");

  function streamsOf(options: Partial<EventStreamsOptions> = {}): {
    readonly streams: EventStreams;
    readonly scheduler: ManualScheduler;
    connect(key?: number): { readonly stream: OpenStream; readonly sink: Sink };
  } {
    const scheduler = new ManualScheduler();
    const streams = new EventStreams({
      pingInterval: 30_000,
      maxStreams: 100,
      maxBacklogBytes: 1_000,
      scheduler,
      ...options,
    });
    return {
      streams,
      scheduler,
      connect(key) {
        const stream = streams.open(FIRST, key);
        const sink = new Sink(Infinity);
        stream.connect(sink);
        return { stream, sink };
      },
    };
  }

  it("writes the events of one turn of the event loop at once (contract §9)", async () => {
    const { streams, connect } = streamsOf();
    const [one, other] = [connect(), connect()];
    for (const data of [1, 2, 3]) streams.send("x", data);
    const late = connect();
    await Promise.resolve();
    const events = [1, 2, 3].map((data) => `event: x\ndata: ${data}\n\n`).join("");
    for (const { sink } of [one, other]) expect(sink.written).toEqual(["first\n\n", events]);
    expect(late.sink.written, "its first event has them").toEqual(["first\n\n"]);
    expect(streams.counters).toEqual({ opened: 3, slow: 0, changes: 3, delivered: 6 });
  });

  it("queues for a connection that is busy, in order, and cuts it off beyond the bound without an error", async () => {
    const { streams, connect } = streamsOf();
    const { stream, sink } = connect();
    sink.isReady = false;
    for (const data of ["a", "b", "c"]) {
      streams.send("x", data);
      await Promise.resolve();
    }
    expect(sink.written).toHaveLength(2);
    sink.isReady = true;
    stream.drained();
    expect(sink.written.slice(1)).toEqual(["a", "b", "c"].map((data) => `event: x\ndata: "${data}"\n\n`));
    sink.isReady = false;
    streams.send("x", "d");
    await Promise.resolve();
    streams.send("x", "e".repeat(1_000));
    await Promise.resolve();
    expect([sink.ended, streams.size, streams.counters.slow]).toEqual(["destroy", 0, 1]);
  });

  it("reports slow readers once per ping, and when the last stream has gone", async () => {
    const reports: number[] = [];
    const { streams, scheduler, connect } = streamsOf({ onSlowReaders: (count) => void reports.push(count) });
    const healthy = connect();
    for (let reader = 0; reader < 3; reader++) connect().sink.isReady = false;
    for (const data of ["a", "b".repeat(1_000)]) {
      streams.send("x", data);
      await Promise.resolve();
    }
    expect(streams.size).toBe(1);
    expect(reports).toEqual([]);
    await scheduler.advance(60_000);
    expect(reports).toEqual([3]);
    healthy.stream.cancel();
    expect(reports).toEqual([3]);
  });

  it("bounds the streams of each key by itself (contract §9)", () => {
    const { streams, connect } = streamsOf({ maxStreamsPerKey: 2, maxStreams: 3 });
    const first = connect(0);
    connect(0);
    expect([streams.isFull(0), streams.isFull(1)]).toEqual([true, false]);
    connect(1);
    expect(streams.isFull(1), "all together").toBe(true);
    first.stream.cancel();
    first.stream.cancel();
    expect([streams.isFull(0), streams.openOf(0), streams.openOf(1)]).toEqual([false, 1, 1]);
  });

  it("ends streams by their age, at different times, with a wait before the reconnection (contract §9)", async () => {
    const { streams, scheduler, connect } = streamsOf({ maxStreamAge: 3_600_000 });
    const sinks = Array.from({ length: 100 }, () => connect().sink);
    await scheduler.advance(1_800_000);
    expect(streams.size).toBeGreaterThan(95);
    await scheduler.advance(1_800_000);
    expect(streams.size).toBeGreaterThan(25);
    expect(streams.size).toBeLessThan(75);
    await scheduler.advance(1_830_000);
    expect(streams.size).toBe(0);
    expect(scheduler.armed).toBe(0);
    for (const { written, ended } of sinks) {
      const retry = Number(/^retry: (\d+)\n\n$/.exec(written.at(-1)!)![1]);
      expect(retry).toBeGreaterThanOrEqual(500);
      expect(retry).toBeLessThanOrEqual(1_000);
      expect(ended).toBe("end");
    }
  });

  it("drains: opens no more, and ends streams a few at a time with spread waits (contract §9)", async () => {
    const { streams, scheduler, connect } = streamsOf();
    const sinks = Array.from({ length: 100 }, () => connect().sink);
    const drained = streams.drain(10_000);
    expect(streams.isDraining).toBe(true);
    await scheduler.advance(5_000);
    expect(streams.size).toBeGreaterThan(40);
    expect(streams.size).toBeLessThan(60);
    await scheduler.advance(5_000);
    await drained;
    expect(streams.size).toBe(0);
    expect(new Set(sinks.map(({ written }) => written.at(-1))).size).toBeGreaterThan(50);
    expect(scheduler.armed).toBe(0);
  });

  it("ends streams after a snapshot, for SDKs that read one at the beginning only (contract §9)", async () => {
    const { streams, scheduler, connect } = streamsOf();
    const sinks = Array.from({ length: 50 }, () => connect().sink);
    streams.send("sync", { version: 2 });
    await scheduler.advance(0);
    expect(sinks.map(({ written }) => written.at(-1)?.startsWith("event: sync"))).toEqual(
      sinks.map(() => true),
    );
    const { sink: later } = connect();
    await scheduler.advance(2_500);
    expect(streams.size).toBeGreaterThan(20);
    expect(streams.size).toBeLessThan(32);
    streams.send("sync", { version: 3 });
    await scheduler.advance(5_000);
    expect([...new Set(sinks.map(({ ended }) => ended))]).toEqual(["end"]);
    expect([later.ended, streams.size]).toEqual(["end", 0]);
    const { sink } = connect();
    await scheduler.advance(10_000);
    expect([sink.ended, streams.size]).toEqual(["", 1]);
    streams.close();
    expect(scheduler.armed).toBe(0);
  });

  it("drains at once when it is given no time", async () => {
    const { streams, connect } = streamsOf();
    const { sink } = connect();
    await streams.drain(0);
    expect([sink.ended, streams.size]).toEqual(["end", 0]);
  });
});
