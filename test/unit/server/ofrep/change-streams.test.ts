import { describe, expect, it } from "vitest";
import { ChangeStreams } from "../../../../src/server/ofrep/change-streams.ts";
import { ManualScheduler } from "../../../support/manual-scheduler.ts";

const DAY = 86_400_000;

function create(maxStreams = 10) {
  const scheduler = new ManualScheduler();
  return { scheduler, streams: new ChangeStreams({ scheduler, maxStreams }) };
}

function readerOf(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  return {
    cancel: () => reader.cancel(),
    async next(): Promise<string | undefined> {
      const { value, done } = await reader.read();
      return done ? undefined : new TextDecoder().decode(value);
    },
  };
}

describe("ChangeStreams (contract §9, ADR 8 of the protocol)", () => {
  it("tells a new reader to fetch, since the flags may have changed after it did", async () => {
    const { scheduler, streams } = create();
    const reader = readerOf(streams.open("c1", null, scheduler.now() + DAY));
    const lastModified = scheduler.now() / 1_000;
    expect(await reader.next()).toBe(
      `id: c1\nevent: message\ndata: {"type":"refetchEvaluation","etag":"c1","lastModified":${lastModified}}\n\n`,
    );
    await reader.cancel();
    expect(scheduler.armed).toBe(0);
  });

  it("tells a reader that comes back only what it has not seen", async () => {
    const { scheduler, streams } = create();
    expect(await readerOf(streams.open("c2", "c2", scheduler.now() + DAY)).next()).toBe(": ok\n\n");
    expect(await readerOf(streams.open("c2", "c1", scheduler.now() + DAY)).next()).toContain("id: c2\n");
    streams.close();
  });

  it("tells every reader of a change, and keeps connections open with comments", async () => {
    const { scheduler, streams } = create();
    const readers = [1, 2].map(() => readerOf(streams.open("c1", "c1", scheduler.now() + DAY)));
    for (const reader of readers) await reader.next();
    streams.notify("c2");
    for (const reader of readers) expect(await reader.next()).toContain(`"etag":"c2"`);
    await scheduler.advance(30_000);
    for (const reader of readers) expect(await reader.next()).toBe(": ping\n\n");
    streams.close();
    expect(await readers[0]!.next()).toBeUndefined();
    expect(scheduler.armed).toBe(0);
  });

  it("ends a stream whose token has expired", async () => {
    const { scheduler, streams } = create();
    const reader = readerOf(streams.open("c1", "c1", scheduler.now() + 30_000));
    await reader.next();
    await scheduler.advance(30_000);
    expect(await reader.next()).toBeUndefined();
    expect(streams.size).toBe(0);
  });

  it("ends the stream of a reader that does not read", () => {
    const { scheduler, streams } = create();
    streams.open("c1", null, scheduler.now() + DAY);
    for (let change = 0; change < 100; change++) streams.notify(`c${change}`);
    expect(streams.size).toBe(0);
  });

  it("says when it is full", () => {
    const { scheduler, streams } = create(1);
    expect(streams.isFull).toBe(false);
    streams.open("c1", null, scheduler.now() + DAY);
    expect(streams.isFull).toBe(true);
    streams.close();
    expect(streams.isFull).toBe(false);
  });
});
