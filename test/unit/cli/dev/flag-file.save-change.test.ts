import { describe, expect, it } from "vitest";
import { saveChange } from "../../../../src/cli/dev/flag-file.ts";
import type { SavedChange } from "../../../../src/cli/dev/flag-file.ts";
import { decodeSnapshot } from "../../../../src/contract/snapshot.ts";
import { wireFlag, wireSnapshot } from "../../../support/wire.ts";

const before = decodeSnapshot(wireSnapshot([wireFlag("a")]), () => {});
const stored = before.flags[0]!;

/** Returns the new text. If its content is returned as well, it is that of the text. */
function saved(text: string, change: SavedChange): string {
  const { text: edited, content } = saveChange(text, JSON.parse(text), change, before);
  if (content !== undefined) expect(content).toEqual(JSON.parse(edited));
  return edited;
}

describe("saveChange()", () => {
  it("writes the properties that changed, and no version", () => {
    const text = '{ "flags": [{ "key": "a", "enabled": true, "description": "ours" }] }';
    const change = { event: "flag.updated", data: { ...stored, version: 9, enabled: false } };
    expect(saved(text, change)).toBe(text.replace("true", "false"));
  });

  it("changes the last of two flags with one key, which is the one that is served (contract §2.1)", () => {
    const text = '{"flags":[{"key":"a","enabled":true},{"key":"a","enabled":true}]}';
    const change = { event: "flag.updated", data: { ...stored, enabled: false } };
    expect(saved(text, change)).toBe(
      '{"flags":[{"key":"a","enabled":true},{"key":"a","enabled":false}]}',
    );
  });

  it("removes a deleted flag, and does not change a file that does not have it", () => {
    const text = '{"flags":[{"key":"a"},{"key":"b"}]}';
    const change = { event: "flag.deleted", data: { key: "a", version: 2 } };
    expect(saved(text, change)).toBe('{"flags":[{"key":"b"}]}');
    expect(saved('{"flags":[]}', change)).toBe('{"flags":[]}');
  });

  it("adds a list of segments to a file without one", () => {
    const change = {
      event: "segment.updated",
      data: { key: "s", version: 1, conditionLogic: "And", conditions: [] },
    };
    expect(JSON.parse(saved('{"flags":[]}', change))).toEqual({
      flags: [],
      segments: [{ key: "s", conditionLogic: "And", conditions: [] }],
    });
  });
});
