import { describe, expect, it } from "vitest";
import { EventBuffer, MAX_BYTES, MAX_EVENTS } from "../../src/events/event-buffer.ts";
import { createEventRecord } from "../../src/events/event-record.ts";
import type { EventRecord } from "../../src/events/event-record.ts";

function record(key: number, metadata?: string): EventRecord {
  return createEventRecord("Custom", String(key), undefined, undefined, undefined, metadata, 0);
}

function keysOf(records: readonly EventRecord[]): string[] {
  return records.map((it) => it.flagKey);
}

describe("EventBuffer", () => {
  it("peek() shows the oldest events and leaves them where they are", () => {
    const buffer = new EventBuffer<EventRecord>();
    for (let key = 0; key < 5; key++) expect(buffer.push(record(key))).toBe(0);
    expect(keysOf(buffer.peek(3, MAX_BYTES))).toEqual(["0", "1", "2"]);
    expect(keysOf(buffer.peek(9, MAX_BYTES))).toEqual(["0", "1", "2", "3", "4"]);
    expect(buffer.length).toBe(5);
    expect(buffer.oldest?.flagKey).toBe("0");
  });

  it("peek() stops before the bytes are full, but never before the first event", () => {
    const buffer = new EventBuffer<EventRecord>();
    for (let key = 0; key < 5; key++) buffer.push(record(key, "x".repeat(1_000)));
    const { size } = record(0, "x".repeat(1_000));
    expect(buffer.peek(5, 3 * size)).toHaveLength(3);
    expect(buffer.peek(5, 3 * size - 1)).toHaveLength(2);
    expect(buffer.peek(5, 1)).toHaveLength(1);
  });

  it("dropUntil() takes away what is older than a number, and nothing twice", () => {
    const buffer = new EventBuffer<EventRecord>();
    for (let key = 0; key < 5; key++) buffer.push(record(key));
    buffer.dropUntil(3);
    buffer.dropUntil(2);
    expect(keysOf(buffer.peek(9, MAX_BYTES))).toEqual(["3", "4"]);
    buffer.dropUntil(buffer.end);
    expect([buffer.first, buffer.end, buffer.length, buffer.oldest]).toEqual([5, 5, 0, undefined]);
  });

  it("push() sheds exactly the oldest beyond 10,000, many rounds of the ring long (contract §5)", () => {
    const buffer = new EventBuffer<EventRecord>();
    let shed = 0;
    for (let key = 0; key < 50_000; key++) shed += buffer.push(record(key));
    expect([buffer.length, shed]).toEqual([MAX_EVENTS, 40_000]);
    expect(keysOf(buffer.peek(50_000, MAX_BYTES))).toEqual(
      Array.from({ length: MAX_EVENTS }, (_, index) => String(40_000 + index)),
    );
  });

  it("push() sheds the oldest beyond 8 MiB, as many as a large one needs (contract §5)", () => {
    const buffer = new EventBuffer<EventRecord>();
    const metadata = "x".repeat(16_000);
    const room = Math.floor(MAX_BYTES / record(0, metadata).size);
    let shed = 0;
    for (let key = 0; key < room; key++) shed += buffer.push(record(key, metadata));
    expect(shed).toBe(0);
    expect(buffer.push(record(room, "x".repeat(48_000)))).toBeGreaterThanOrEqual(2);
    expect(buffer.peek(1, MAX_BYTES)[0]?.flagKey).toBe(String(buffer.first));
    buffer.dropUntil(buffer.end);
    for (let key = 0; key < room; key++) shed += buffer.push(record(key, metadata));
    expect(shed).toBe(0); // what has gone weighs nothing any more
  });

  it("hasRoomFor() tells when adding would shed, by number and by bytes (contract §5)", () => {
    const buffer = new EventBuffer<EventRecord>();
    for (let key = 0; key < MAX_EVENTS - 2; key++) buffer.push(record(key));
    expect([buffer.hasRoomFor(2, 100), buffer.hasRoomFor(3, 100)]).toEqual([true, false]);
    const { size } = record(0);
    const rest = MAX_BYTES - buffer.peek(MAX_EVENTS, MAX_BYTES).reduce((sum, it) => sum + it.size, 0);
    expect(rest).toBeGreaterThan(size);
    expect([buffer.hasRoomFor(1, rest), buffer.hasRoomFor(1, rest + 1)]).toEqual([true, false]);
  });
});
