import { describe, expect, it } from "vitest";
import { decodePrerequisite } from "../../../src/contract/prerequisite.ts";

describe("decodePrerequisite()", () => {
  it("reads both keys, empty ones too (contract §2)", () => {
    const prerequisite = decodePrerequisite({ prerequisiteFlagKey: "__proto__", expectedVariationKey: "" });
    expect({ ...prerequisite }).toEqual({ prerequisiteFlagKey: "__proto__", expectedVariationKey: "" });
    expect(prerequisite.outcome).toBe(null);
  });

  it("refuses a prerequisite that it cannot read: without it the flag would be open (contract §2.1)", () => {
    for (const json of [null, [], "billing"]) {
      expect(() => decodePrerequisite(json)).toThrow("must be an object");
    }
    expect(() => decodePrerequisite({ prerequisiteFlagKey: "f" })).toThrow(
      "expectedVariationKey must be a string, but is missing",
    );
    expect(() => decodePrerequisite({ expectedVariationKey: "on" })).toThrow(
      "prerequisiteFlagKey must be a string, but is missing",
    );
  });
});
