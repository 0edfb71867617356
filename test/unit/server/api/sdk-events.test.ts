import { HTTPException } from "hono/http-exception";
import { describe, expect, it } from "vitest";
import { decodeSdkEvents } from "../../../../src/server/api/sdk-events.ts";

const NOW = Date.UTC(2026, 10, 29);
const AT = "2026-11-29T17:00:00.123Z";
const EVENT = { type: "Evaluation", flagKey: "f", userId: "u", variation: "on", timestamp: AT };

function decode(...events: unknown[]) {
  return decodeSdkEvents({ events }, NOW, 10);
}

describe("decodeSdkEvents()", () => {
  it("keeps an event of the contract as it is (contract §5)", () => {
    const custom = {
      type: "Custom",
      flagKey: "bought",
      timestamp: AT,
      metadata: { n: 1, deep: { a: [null] } },
    };
    const failed = { ...EVENT, prerequisiteKey: "p" };
    expect(decode(EVENT, custom, failed)).toStrictEqual({ events: [EVENT, custom, failed], unknown: 0 });
  });

  const { userId: _user, variation: _variation, ...bare } = EVENT;
  it.each<[string, object]>([
    ["Python and Ruby: null for what is absent", { userId: null, variation: null }],
    [".NET: null for metadata, too", {
      userId: null,
      variation: null,
      metadata: null,
      prerequisiteKey: null,
    }],
    ["Java: empty metadata", { userId: null, variation: null, metadata: {} }],
    ["PHP: an empty list for empty metadata", { userId: null, variation: null, metadata: [] }],
    ["an SDK of another age: unknown properties", {
      userId: null,
      variation: null,
      sdk: "x",
      ip: { v4: "1" },
    }],
    ["nonsense in optional fields", { userId: {}, variation: [], metadata: "text", prerequisiteKey: {} }],
  ])("%s: absent (contract §9)", (_name, fields) => {
    expect(decode({ ...EVENT, ...fields })).toStrictEqual({ events: [bare], unknown: 0 });
  });

  it.each([["evaluation", "Evaluation"], ["IDENTIFY", "Identify"], ["custom", "Custom"], [
    "impression",
    "Impression",
  ]])(
    "takes the type %s in any case",
    (type, expected) => {
      expect(decode({ ...EVENT, type }).events[0]!.type).toBe(expected);
    },
  );

  it("treats numbers and booleans as texts", () => {
    expect(decode({ ...EVENT, userId: 7, variation: false }).events[0]).toMatchObject({
      userId: "7",
      variation: "false",
    });
  });

  it.each<[string, unknown, string]>([
    ["an offset of zero", "2026-11-29T17:00:00.123+00:00", AT],
    ["an offset without a colon", "2026-11-29T19:00:00.123+0200", AT],
    ["seven digits, as .NET writes", "2026-11-29T17:00:00.1234567Z", AT],
    ["nine digits, as Go and Java write", "2026-11-29T17:00:00.123456789Z", AT],
    ["six digits, as Python writes", "2026-11-29T17:00:00.123456+00:00", AT],
    ["no offset", "2026-11-29T17:00:00.123", AT],
    ["spaces, as Ruby writes", "2026-11-29 17:00:00.123 UTC", AT],
    ["a space before its offset, as Ruby writes", "2026-11-29 19:00:00.123 +0200", AT],
    ["two digits", "2026-11-29T17:00:00.12Z", "2026-11-29T17:00:00.120Z"],
    ["no fraction", "2026-11-29T17:00:00Z", "2026-11-29T17:00:00.000Z"],
    ["no seconds", "2026-11-29T17:00Z", "2026-11-29T17:00:00.000Z"],
    ["ms since the epoch", Date.parse(AT), AT],
    ["seconds since the epoch", Date.parse(AT) / 1_000, AT],
    ["none", undefined, "2026-11-29T00:00:00.000Z"],
    ["null", null, "2026-11-29T00:00:00.000Z"],
    ["no date", "yesterday", "2026-11-29T00:00:00.000Z"],
    ["no such month", "2026-13-29T17:00:00Z", "2026-11-29T00:00:00.000Z"],
    ["a number out of range", 1e300, "2026-11-29T00:00:00.000Z"],
  ])("reads a timestamp with %s", (_name, timestamp, expected) => {
    expect(decode({ ...EVENT, timestamp }).events[0]!.timestamp).toBe(expected);
  });

  it("an unknown type costs that event alone, counted (contract §9)", () => {
    expect(decode(EVENT, { ...EVENT, type: "Click" }, { type: "", flagKey: "" })).toStrictEqual({
      events: [EVENT],
      unknown: 2,
    });
  });

  it.each<[unknown, string]>([
    [undefined, "the payload must be an object, but is missing"],
    [[EVENT], "the payload must be an object, but is a list"],
    [{}, "events must be a list, but is missing"],
    [{ events: {} }, "events must be a list, but is an object"],
    [{ events: [EVENT, 7] }, "events[1] must be an object, but is 7"],
    [{ events: [EVENT, { ...EVENT, flagKey: 7 }] }, "events[1].flagKey must be a string, but is 7"],
    [{ events: [EVENT, { ...EVENT, type: null }] }, "events[1].type must be a string, but is null"],
    [{ events: [{}] }, "events[0].type must be a string, but is missing"],
    [{ events: [{ type: "Click", flagKey: null }] }, "events[0].flagKey must be a string, but is null"],
  ])("refuses %j and names what is malformed (contract §9)", (body, message) => {
    expect(() => decodeSdkEvents(body, NOW, 10)).toThrow(message);
  });

  it("counts events before it decodes any (contract §9)", () => {
    expect(decode(...Array<object>(10).fill(EVENT)).events).toHaveLength(10);
    expect(() => decode(...Array<object>(11).fill({}))).toThrow(HTTPException);
  });

  it("leaves out a user id and metadata above the contract's bounds (contract §5)", () => {
    expect(decode({ ...EVENT, userId: "x".repeat(1_024) }).events[0]).toHaveProperty("userId");
    expect(decode({ ...EVENT, userId: "x".repeat(1_025) }).events[0]).not.toHaveProperty("userId");
    expect(decode({ ...EVENT, metadata: { a: "x".repeat(16_376) } }).events[0]).toHaveProperty("metadata");
    expect(decode({ ...EVENT, metadata: { a: "x".repeat(16_377) } }).events[0]).not.toHaveProperty(
      "metadata",
    );
    const deep = JSON.parse(`${'{"a":'.repeat(101)}1${"}".repeat(101)}`) as object;
    expect(decode({ ...EVENT, metadata: deep }).events[0]).not.toHaveProperty("metadata");
  });
});
