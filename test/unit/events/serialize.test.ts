import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SdkEvent, SdkEventType } from "../../../src/contract/sdk-event.ts";
import type { WaitingEvent } from "../../../src/events/event-queue.ts";
import { utf8Length, writeEvent } from "../../../src/events/serialize.ts";

const text = fc.string({ unit: "binary", maxLength: 400 });
const optional = fc.option(text, { nil: undefined });
const metadata = fc.option(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), { nil: undefined });
const type = fc.constantFrom<SdkEventType[]>("Evaluation", "Impression", "Identify", "Custom");
const timestamp = fc.integer({ min: 0, max: 253_402_300_799_999 });
const event = fc.record({
  type,
  flagKey: text,
  userId: optional,
  variation: optional,
  prerequisiteKey: optional,
  metadata,
});

function write(event: Omit<SdkEvent, "timestamp">, timestamp: number): WaitingEvent {
  const { type, flagKey, userId, variation, prerequisiteKey, metadata } = event;
  const json = metadata && JSON.stringify(metadata);
  return writeEvent(type, flagKey, userId, variation, prerequisiteKey, json, timestamp);
}

describe("writeEvent()", () => {
  it("writeEvent() writes an event as the contract lays it out (contract §5)", () => {
    const at = Date.UTC(2024, 4, 1);
    const evaluation = { flagKey: "f", userId: "u", variation: "on", prerequisiteKey: "q" };
    expect(write({ type: "Evaluation", ...evaluation }, at).json).toBe(
      '{"type":"Evaluation","flagKey":"f","userId":"u","variation":"on","timestamp":"2024-05-01T00:00:00.000Z","prerequisiteKey":"q"}',
    );
    expect(write({ type: "Custom", flagKey: "bought", metadata: { n: 1 } }, at + 1)).toMatchObject({
      json: '{"type":"Custom","flagKey":"bought","timestamp":"2024-05-01T00:00:00.001Z","metadata":{"n":1}}',
      flagKey: "bought",
      timestamp: at + 1,
    });
  });

  it("writeEvent() writes what JSON.stringify would, whatever the texts are (contract §5)", () => {
    fc.assert(fc.property(event, timestamp, (it, at) => {
      const expected = JSON.stringify({ ...it, timestamp: new Date(at).toISOString() });
      expect(JSON.parse(write(it as SdkEvent, at).json)).toEqual(JSON.parse(expected));
    }));
  });

  it("writeEvent() escapes each of the first 65,536 characters exactly when JSON.stringify does", () => {
    for (let code = 0; code < 65_536; code++) {
      const userId = `a${String.fromCharCode(code)}b`;
      const { json } = write({ type: "Custom", flagKey: "f", userId }, 0);
      if (!json.includes(`"userId":${JSON.stringify(userId)},"`)) {
        expect.unreachable(`character ${code}: ${json}`);
      }
    }
  });

  it("writeEvent() never weighs an event too light, whatever the texts are (contract §5)", () => {
    fc.assert(fc.property(event, timestamp, (it, at) => {
      const { json, size } = write(it as SdkEvent, at);
      expect(size).toBeGreaterThanOrEqual(utf8Length(json) + ",".length);
    }));
  });

  it("writeEvent() lets 10,000 events of 230 characters fit into 8 MiB (contract §5)", () => {
    for (let length = 0; length <= 230; length++) {
      const { size } = write({ type: "Custom", flagKey: "x".repeat(length) }, 0);
      expect(size * 10_000).toBeLessThanOrEqual(8 * 1024 * 1024);
    }
  });
});
