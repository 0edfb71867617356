import { describe, expect, it } from "vitest";
import { isAbove, isVersion } from "../../../scripts/release/version.ts";

describe("isVersion()", () => {
  it.each(["0.1.0", "1.2.3", "10.20.30", "1.0.0-beta.1", "1.0.0-rc-1", "1.0.0-0a"])("takes %s", (text) => {
    expect(isVersion(text)).toBe(true);
  });

  it.each([
    "",
    "1",
    "1.2",
    "v1.2.3",
    "1.2.3.4",
    "01.2.3",
    "1.2.3-",
    "1.2.3-01",
    "1.2.3-a..b",
    "1.2.3+build",
    " 1.2.3",
    "1.2.3\n",
    "major",
  ])("refuses %j", (text) => {
    expect(isVersion(text)).toBe(false);
  });
});

describe("isAbove()", () => {
  it("isAbove() orders as semver does: by number, and a prerelease before its release", () => {
    const ordered = [
      "0.9.9",
      "0.10.0",
      "1.0.0-alpha",
      "1.0.0-alpha.2",
      "1.0.0-alpha.10",
      "1.0.0-beta",
      "1.0.0",
    ];
    for (const [index, version] of ordered.entries()) {
      for (const [other, earlier] of ordered.entries()) {
        expect([version, earlier, isAbove(version, earlier)]).toEqual([version, earlier, index > other]);
      }
    }
  });
});
