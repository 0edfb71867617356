import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SdkEvent, SdkEventType } from "../../../src/contract/wire.ts";
import {
  copyText,
  createEvaluation,
  createEvent,
  textsOf,
  writeEvent,
} from "../../../src/events/serialize.ts";
import type { WaitingEvent } from "../../../src/events/serialize.ts";

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

function create(event: Omit<SdkEvent, "timestamp">, timestamp: number): WaitingEvent {
  const { flagKey: name, metadata, ...content } = event;
  return createEvent({ ...content, name, metadata: metadata && JSON.stringify(metadata), timestamp });
}

describe("writeEvent()", () => {
  it("dates an event while a test replaces Date", () => {
    const original = globalThis.Date;
    try {
      Object.assign(globalThis, { Date: () => ({}) });
      expect(writeEvent(createEvaluation("f", "u", "on", undefined, 1), 5)).toContain(
        "1970-01-01T00:00:00.001Z",
      );
    } finally {
      globalThis.Date = original;
    }
  });

  it("writeEvent() writes an event as the contract lays it out (contract §5)", () => {
    const at = Date.UTC(2024, 4, 1);
    expect(writeEvent(createEvaluation("f", "u", "on", "q", at), at + 5)).toBe(
      '{"type":"Evaluation","flagKey":"f","userId":"u","variation":"on","timestamp":"2024-05-01T00:00:00.000Z","prerequisiteKey":"q"}',
    );
    expect(writeEvent(create({ type: "Custom", flagKey: "bought", metadata: { n: 1 } }, at + 1), at + 5))
      .toBe(
        '{"type":"Custom","flagKey":"bought","timestamp":"2024-05-01T00:00:00.001Z","metadata":{"n":1}}',
      );
  });

  it("writeEvent() dates what was recorded while the clock stood at zero (contract §6.1)", () => {
    const at = Date.UTC(2026, 10, 30);
    const event = createEvaluation("f", undefined, "on", undefined, 0);
    expect(writeEvent(event, at)).toContain(`"timestamp":"${new Date(at).toISOString()}"`);
  });

  it("writeEvent() says what JSON.stringify would, in ASCII, whatever the texts are (contract §5)", () => {
    fc.assert(fc.property(event, timestamp, (it, at) => {
      const expected = JSON.stringify({ ...it, timestamp: new Date(at).toISOString() });
      const json = writeEvent(create(it as SdkEvent, at), at);
      expect(JSON.parse(json)).toEqual(JSON.parse(expected));
      expect(json).toMatch(/^[\x20-\x7e]*$/);
    }));
  });

  it("the size of an event is at least its bytes with a comma, and hardly more (contract §5)", () => {
    fc.assert(fc.property(event, timestamp, (it, at) => {
      const waiting = create(it as SdkEvent, at);
      const bytes = writeEvent(waiting, at).length + ",".length;
      expect(waiting.size).toBeGreaterThanOrEqual(bytes);
      expect(waiting.size).toBeLessThanOrEqual(bytes + 3);
    }));
  });
});

describe("createEvent()", () => {
  it("waits since it was recorded, which may be later than when it happened", () => {
    const content = { type: "Custom", name: "n", timestamp: 5 } as const;
    expect(createEvent(content)).toMatchObject({ timestamp: 5, recordedAt: 5 });
    expect(createEvent({ ...content, recordedAt: 9 })).toMatchObject({ timestamp: 5, recordedAt: 9 });
  });
});

describe("copyText()", () => {
  it("copyText() carries each of the first 65,536 characters, wherever it is", () => {
    for (let code = 0; code < 65_536; code++) {
      const character = String.fromCharCode(code);
      for (const text of [`${character}b`, `a${character}b`, `a${character}`, character]) {
        const copy = copyText(text);
        if (JSON.parse(`"${copy}`) !== text || /[^\x20-\x7e]/.test(copy)) {
          expect.unreachable(`character ${code}`);
        }
      }
    }
  });
});

describe("textsOf()", () => {
  it("textsOf() returns what was passed", () => {
    fc.assert(fc.property(text, optional, optional, (flagKey, userId, variation) => {
      expect(textsOf(createEvaluation(flagKey, userId, variation, undefined, 0))).toEqual({
        type: "Evaluation",
        flagKey,
        userId,
        variation,
        timestamp: "1970-01-01T00:00:00.000Z",
      });
    }));
  });
});
