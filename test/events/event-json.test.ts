import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SdkEventType } from "../../src/contract/sdk-event.ts";
import { writeEvents } from "../../src/events/event-json.ts";
import { createEventRecord, utf8Length } from "../../src/events/event-record.ts";

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
  timestamp,
});

describe("writeEvents()", () => {
  it("writeEvents() writes an event as the contract lays it out (contract §5)", () => {
    const at = Date.UTC(2024, 4, 1);
    const records = [
      createEventRecord("Evaluation", "f", "u", "on", "q", undefined, at),
      createEventRecord("Custom", "bought", undefined, undefined, undefined, '{"n":1}', at),
    ];
    expect(writeEvents(records)).toBe(
      '{"events":[' +
        '{"type":"Evaluation","flagKey":"f","userId":"u","variation":"on","timestamp":"2024-05-01T00:00:00.000Z","prerequisiteKey":"q"},' +
        '{"type":"Custom","flagKey":"bought","timestamp":"2024-05-01T00:00:00.000Z","metadata":{"n":1}}' +
        "]}",
    );
    expect(writeEvents([])).toBe('{"events":[]}');
  });

  it("writeEvents() writes what JSON.stringify would, whatever the texts are (contract §5)", () => {
    fc.assert(fc.property(fc.array(event), (events) => {
      const records = events.map((it) =>
        createEventRecord(
          it.type,
          it.flagKey,
          it.userId,
          it.variation,
          it.prerequisiteKey,
          it.metadata === undefined ? undefined : JSON.stringify(it.metadata),
          it.timestamp,
        )
      );
      const expected = events.map((it) => ({ ...it, timestamp: new Date(it.timestamp).toISOString() }));
      expect(JSON.parse(writeEvents(records))).toEqual(JSON.parse(JSON.stringify({ events: expected })));
    }));
  });

  it("createEventRecord() never weighs a long or readable event too light (contract §5)", () => {
    const readable = fc.string({ unit: "grapheme", maxLength: 500 });
    fc.assert(
      fc.property(
        readable,
        readable,
        fc.option(readable, { nil: undefined }),
        (flagKey, userId, variation) => {
          const record = createEventRecord("Evaluation", flagKey, userId, variation, "q", '{"a":"é"}', 0);
          const bytes = utf8Length(writeEvents([record])) - utf8Length('{"events":[]}');
          expect(record.size).toBeGreaterThanOrEqual(bytes);
        },
      ),
    );
  });

  it("createEventRecord() lets 10,000 events of 230 characters fit into 8 MiB (contract §5)", () => {
    expect(
      createEventRecord("Evaluation", "x".repeat(230), undefined, undefined, undefined, undefined, 0).size *
        10_000,
    )
      .toBeLessThanOrEqual(8 * 1024 * 1024);
  });
});
