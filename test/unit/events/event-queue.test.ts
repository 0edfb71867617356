import { describe, expect, it } from "vitest";
import { MAX_WAITING_BYTES, MAX_WAITING_EVENTS } from "../../../src/contract/limits.ts";
import { EventBuffer } from "../../../src/events/event-queue.ts";
import type { WaitingEvent } from "../../../src/events/event-queue.ts";

function event(key: number, size = 100): WaitingEvent {
  return { json: "{}", flagKey: String(key), timestamp: 0, size };
}

function keysOf(events: readonly WaitingEvent[]): string[] {
  return events.map((it) => it.flagKey);
}

describe("EventBuffer", () => {
  it("peek() shows the oldest events and leaves them where they are", () => {
    const buffer = new EventBuffer();
    for (let key = 0; key < 5; key++) expect(buffer.push(event(key))).toBe(false);
    expect(keysOf(buffer.peek(3, MAX_WAITING_BYTES))).toEqual(["0", "1", "2"]);
    expect(keysOf(buffer.peek(9, MAX_WAITING_BYTES))).toEqual(["0", "1", "2", "3", "4"]);
    expect(buffer.length).toBe(5);
    expect(buffer.oldest?.flagKey).toBe("0");
  });

  it("peek() stops before the bytes are full, but never before the first event", () => {
    const size = 1_000;
    const buffer = new EventBuffer();
    for (let key = 0; key < 5; key++) buffer.push(event(key, size));
    expect(buffer.peek(5, 3 * size)).toHaveLength(3);
    expect(buffer.peek(5, 3 * size - 1)).toHaveLength(2);
    expect(buffer.peek(5, 1)).toHaveLength(1);
  });

  it("dropUntil() takes away what is older than a number, and nothing twice", () => {
    const buffer = new EventBuffer();
    for (let key = 0; key < 5; key++) buffer.push(event(key));
    buffer.dropUntil(3);
    buffer.dropUntil(2);
    expect(keysOf(buffer.peek(9, MAX_WAITING_BYTES))).toEqual(["3", "4"]);
    buffer.dropUntil(buffer.end);
    expect([buffer.first, buffer.end, buffer.length, buffer.oldest]).toEqual([5, 5, 0, undefined]);
  });

  it("push() sheds exactly the oldest beyond 10,000, many rounds of the ring long (contract §5)", () => {
    const buffer = new EventBuffer();
    for (let key = 0; key < 50_000; key++) expect(buffer.push(event(key))).toBe(key >= MAX_WAITING_EVENTS);
    expect(buffer.length).toBe(MAX_WAITING_EVENTS);
    expect(keysOf(buffer.peek(50_000, MAX_WAITING_BYTES))).toEqual(
      Array.from({ length: MAX_WAITING_EVENTS }, (_, index) => String(40_000 + index)),
    );
  });

  it("push() sheds the oldest beyond 8 MiB, as many as a large one needs (contract §5)", () => {
    const buffer = new EventBuffer();
    const room = Math.floor(MAX_WAITING_BYTES / 16_000);
    for (let key = 0; key < room; key++) expect(buffer.push(event(key, 16_000))).toBe(false);
    expect(buffer.push(event(room, 48_000))).toBe(true);
    expect([buffer.first, ...keysOf(buffer.peek(1, MAX_WAITING_BYTES))]).toEqual([3, "3"]);
    buffer.dropUntil(buffer.end);
    // What has gone weighs nothing any more.
    for (let key = 0; key < room; key++) expect(buffer.push(event(key, 16_000))).toBe(false);
  });

  it("push() refuses an event that would never fit, and displaces none for it (contract §5)", () => {
    const buffer = new EventBuffer();
    expect(buffer.push(event(0, MAX_WAITING_BYTES))).toBe(false);
    expect(buffer.push(event(1, MAX_WAITING_BYTES + 1))).toBe(true);
    expect(keysOf(buffer.peek(9, MAX_WAITING_BYTES))).toEqual(["0"]);
  });

  it("hasRoomFor() tells when adding would shed, by number and by bytes (contract §5)", () => {
    const buffer = new EventBuffer();
    for (let key = 0; key < MAX_WAITING_EVENTS - 2; key++) buffer.push(event(key));
    expect([buffer.hasRoomFor(2, 100), buffer.hasRoomFor(3, 100)]).toEqual([true, false]);
    const rest = MAX_WAITING_BYTES - 100 * buffer.length;
    expect([buffer.hasRoomFor(1, rest), buffer.hasRoomFor(1, rest + 1)]).toEqual([true, false]);
  });
});
