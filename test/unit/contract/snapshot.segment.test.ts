import { describe, expect, it } from "vitest";
import { decodeSegment } from "../../../src/contract/snapshot.ts";
import { wireSegment } from "../../support/wire.ts";

describe("decodeSegment()", () => {
  it("reads a segment, and distinguishes missing conditions from empty ones (contract §2.1)", () => {
    const warnings: string[] = [];
    const decode = (json: unknown) => decodeSegment(json, (message) => void warnings.push(message));
    expect(decode(wireSegment("s", { conditions: [] }))).toEqual({
      key: "s",
      version: 1,
      conditionLogic: "And",
      conditions: [],
    });
    expect(decode({ key: "s", conditionLogic: "OR" })).toEqual({
      key: "s",
      version: 0,
      conditionLogic: "Or",
      conditions: null,
    });
    expect(warnings).toEqual([]);
    expect(decode(wireSegment("s", { conditionLogic: "Xor" }))).toBe(null);
    expect(warnings).toEqual([
      'Segment "s" dropped: conditionLogic is "Xor", but this version knows only And and Or',
    ]);
    expect(() => decode({ ...wireSegment("s"), key: 1 })).toThrow("key must be a string, but is 1");
  });
});
