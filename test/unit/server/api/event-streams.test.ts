import { describe, expect, it } from "vitest";
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
    await expect(slow.next()).rejects.toThrow("Event stream: the reader is too slow");
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
