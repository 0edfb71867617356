import { describe, expect, it } from "vitest";
import { decodeFlag } from "../../../src/contract/flag.ts";
import { decodeSegment } from "../../../src/contract/snapshot.ts";
import type { Segment } from "../../../src/contract/snapshot.ts";
import { prepareFlag, segmentFinder } from "../../../src/evaluation/prepare-flag.ts";
import { fixed, wireFlag, wireSegment } from "../../support/wire.ts";
import type { WireFlag } from "../../support/wire.ts";

const ignore = (): void => {};
const decode = (wire: WireFlag) => decodeFlag(wire, ignore)!;
const segmentOf = (key: string, operator = "Equals"): Segment =>
  decodeSegment(
    wireSegment(key, { conditions: [{ attribute: "plan", operator, values: ["pro"] }] }),
    ignore,
  )!;

const BY_SEGMENT = wireFlag("f", {
  rules: [{ id: "r", segmentKey: "s", conditionGroups: [], serve: fixed("on") }],
});

describe("prepareFlag()", () => {
  it("gives a rule the groups of its segment instead of its own (contract §3.1)", () => {
    const flag = decode(BY_SEGMENT);
    const segment = segmentOf("s");
    prepareFlag(flag, segmentFinder([segment], ignore), ignore);
    expect(flag.rules[0]!.groups).toEqual([{ operator: "And", conditions: segment.conditions }]);
    expect(segment.conditions![0]!.matches).not.toBe(null);
  });

  it("gives it null, which does not match, where the segment does not exist (contract §3.1)", () => {
    const flag = decode(BY_SEGMENT);
    prepareFlag(flag, segmentFinder([], ignore), ignore);
    expect(flag.rules[0]!.groups).toBe(null);
  });

  it("prepares a flag again for other segments", () => {
    const flag = decode(BY_SEGMENT);
    const [before, after] = [segmentFinder([], ignore), segmentFinder([segmentOf("s")], ignore)];
    prepareFlag(flag, before, ignore);
    expect(flag.preparedFor).toBe(before);
    prepareFlag(flag, after, ignore);
    expect(flag.preparedFor).toBe(after);
    expect(flag.rules[0]!.groups).toHaveLength(1);
  });

  it("does not prepare the rules of a disabled flag", () => {
    const flag = decode({ ...BY_SEGMENT, enabled: false });
    prepareFlag(flag, () => {
      throw new Error("no segment is asked for");
    }, ignore);
    expect(flag.rules[0]!.groups).toBe(null);
  });

  it("repeats a preparation that was cut short", () => {
    const flag = decode(BY_SEGMENT);
    expect(() =>
      prepareFlag(flag, () => {
        throw new Error("cut short");
      }, ignore)
    ).toThrow("cut short");
    expect(flag.preparedFor).toBe(null);
  });
});

describe("segmentFinder()", () => {
  it("prepares a segment once, at its first use", () => {
    const warnings: string[] = [];
    const find = segmentFinder([segmentOf("s", "Unknown")], (message) => void warnings.push(message));
    expect(warnings).toEqual([]);
    expect(find("s")).toBe(find("s"));
    expect(warnings).toEqual(['Unknown condition operator "Unknown": its condition never matches']);
  });

  it("takes the last of two segments with one key (contract §2.1)", () => {
    const last = segmentOf("s");
    const find = segmentFinder([segmentOf("s"), last], ignore);
    expect(find("s")![0]!.conditions).toBe(last.conditions);
  });
});
