import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSnapshot } from "../../../../src/contract/snapshot.ts";
import { arbitrarySnapshot } from "../../../support/arbitrary-snapshot.ts";

describe("a relayed snapshot", () => {
  it("means to a client what the service's own means (contract §2.1)", () => {
    const ignore = (): void => {};
    fc.assert(fc.property(arbitrarySnapshot, (wire) => {
      const snapshot = decodeSnapshot(wire, ignore);
      expect(decodeSnapshot(JSON.parse(JSON.stringify(snapshot)), ignore)).toEqual(snapshot);
    }));
  });
});
