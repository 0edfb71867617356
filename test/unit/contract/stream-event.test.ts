import { describe, expect, it } from "vitest";
import { decodeFlag } from "../../../src/contract/flag.ts";
import { PayloadError } from "../../../src/contract/payload-error.ts";
import { decodeSnapshot } from "../../../src/contract/snapshot.ts";
import { decodeStreamEvent } from "../../../src/contract/stream-event.ts";
import type { StreamEvent } from "../../../src/contract/stream-event.ts";
import { wireFlag, wireSegment, wireSnapshot } from "../../support/wire.ts";

describe("decodeStreamEvent()", () => {
  it("decodes a sync as the snapshot it carries (contract §4)", () => {
    const wire = wireSnapshot([wireFlag("f")], [wireSegment("s")]);
    expect(decoded("sync", wire)).toEqual({ type: "sync", snapshot: decodeSnapshot(wire, () => {}) });
    expect(failure("sync", { ...wire, flags: 1 })).toBe("flags must be a list, but is 1");
  });

  it("does not decode a sync whose text is the held one, and any other", () => {
    const text = JSON.stringify(wireSnapshot([wireFlag("f", { version: 1 })]));
    const newer = text.replace(`"version":1`, `"version":2`);
    const refuse = (): never => expect.fail("a warning");
    expect(decodeStreamEvent("sync", text, refuse, text)).toEqual({ type: "sync", snapshot: undefined });
    expect(newer).toHaveLength(text.length);
    expect(decodeStreamEvent("sync", newer, refuse, text)).toHaveProperty("snapshot.flags");
    expect(() => decodeStreamEvent("flag.updated", "7", refuse, "7")).toThrow(PayloadError);
  });

  it.each(["flag.created", "flag.updated"])("decodes a whole flag in %s (contract §4)", (type) => {
    const wire = wireFlag("f", { version: 7 });
    const flag = decodeFlag(JSON.parse(JSON.stringify(wire)), () => {});
    expect(decoded(type, wire)).toEqual({ type: "flag", key: "f", version: 7, flag });
  });

  it.each(["flag.created", "flag.updated"])("decodes a key alone in %s (contract §4)", (type) => {
    const expected = { type: "flag", key: "f", version: 7, flag: undefined };
    expect(decoded(type, { key: "f", version: 7 })).toEqual(expected);
    expect(decoded(type, { key: "f", version: 7, type: "Boolean", enabled: true })).toEqual(expected);
    expect(decoded(type, { key: "f" })).toEqual({ ...expected, version: 0 });
    expect(decoded(type, { key: "f", version: "7" })).toEqual({ ...expected, version: 0 });
    for (const key of ["", "..", "__proto__", "\ud800"]) {
      expect(decoded(type, { key })).toMatchObject({ key });
    }
  });

  it("treats a flag that lacks a part as broken, not as a key alone (contract §2.1)", () => {
    const { fallthrough: _fallthrough, ...withoutFallthrough } = wireFlag("f");
    const { variations: _variations, ...withoutVariations } = wireFlag("f");
    expect(failure("flag.updated", withoutFallthrough)).toBe("fallthrough must be an object, but is missing");
    expect(failure("flag.updated", withoutVariations)).toBe("variations must be a list, but is missing");
    expect(failure("flag.updated", { ...wireFlag("f"), variations: null })).toBe(
      "variations must be a list, but is null",
    );
    expect(failure("flag.updated", { version: 7 })).toBe("key must be a string, but is missing");
    expect(failure("flag.updated", [wireFlag("f")])).toBe("the payload must be an object, but is a list");
  });

  it("asks for nothing where a flag names something unknown: the stored copy stays (contract §2.1)", () => {
    const warnings: string[] = [];
    expect(decoded("flag.updated", wireFlag("f", { fallthrough: { type: "Canary" } }), warnings)).toBeNull();
    expect(warnings).toEqual([
      'Flag "f" dropped: fallthrough.type is "Canary", but this version knows only Fixed and Rollout',
    ]);
  });

  it("decodes a deletion (contract §4)", () => {
    expect(decoded("flag.deleted", { key: "f", version: 7 })).toEqual({
      type: "flag",
      key: "f",
      version: 7,
      flag: null,
    });
    expect(decoded("flag.deleted", { key: "f" })).toEqual({ type: "flag", key: "f", version: 0, flag: null });
    expect(failure("flag.deleted", { version: 7 })).toBe("key must be a string, but is missing");
    expect(failure("flag.deleted", null)).toBe("the payload must be an object, but is null");
  });

  it("decodes a segment's update: the whole segment, its name, or not even that (contract §4)", () => {
    const segment = { key: "s", version: 7, conditionLogic: "And", conditions: [] };
    expect(decoded("segment.updated", segment)).toMatchObject({
      type: "segment",
      key: "s",
      version: 7,
      segment: { key: "s", version: 7, conditions: [] },
    });
    expect(decoded("segment.updated", { key: "s", version: 7 })).toEqual({
      type: "segment",
      key: "s",
      version: 7,
      segment: undefined,
    });
    for (const data of ["", "{}", '{"key":7}', "no JSON", "7"]) {
      expect(decodeStreamEvent("segment.updated", data, refuse)).toEqual({ type: "unnamed" });
    }
    expect(failure("segment.updated", { ...segment, conditions: 7 })).toContain("conditions must be");
  });

  it("ignores a segment with a name that this version does not know (contract §2.1)", () => {
    const warnings: string[] = [];
    const data = JSON.stringify({ key: "s", version: 7, conditionLogic: "Xor", conditions: [] });
    expect(decodeStreamEvent("segment.updated", data, (message) => void warnings.push(message))).toBeNull();
    expect(warnings).toEqual([expect.stringContaining("Xor")]);
  });

  it("decodes a ping, whatever it carries (contract §4)", () => {
    for (const data of ["", "{}", "no JSON"]) {
      expect(decodeStreamEvent("ping", data, refuse)).toEqual({ type: "ping" });
    }
  });

  it("ignores every other event (contract §4)", () => {
    for (const type of ["", "message", "flag.archived", "segment.created", "Sync", "PING", "constructor"]) {
      expect(decodeStreamEvent(type, "no JSON", refuse)).toBeNull();
    }
  });

  it("refuses data that is not JSON (contract §2.1)", () => {
    for (const type of ["sync", "flag.created", "flag.updated", "flag.deleted"]) {
      for (const data of ["", "{", "<html>", "undefined", '{"key":"f"']) {
        expect(() => decodeStreamEvent(type, data, refuse)).toThrow(PayloadError);
        expect(() => decodeStreamEvent(type, data, refuse)).toThrow("the payload must be JSON");
      }
    }
  });
});

function decoded(type: string, payload: unknown, warnings: string[] = []): StreamEvent | null {
  return decodeStreamEvent(type, JSON.stringify(payload), (message) => void warnings.push(message));
}

function failure(type: string, payload: unknown): string {
  try {
    decoded(type, payload);
  } catch (error) {
    if (error instanceof PayloadError) return error.message;
    throw error;
  }
  return "accepted";
}

function refuse(message: string): never {
  throw new Error(`Unexpected warning: ${message}`);
}
