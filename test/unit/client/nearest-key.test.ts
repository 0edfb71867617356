import { describe, expect, it } from "vitest";
import { nearestKey } from "../../../src/client/nearest-key.ts";

const KEYS = ["new-checkout", "dark-mode", "darker-mode", "pricing_tier", "ab", "x"];

describe("nearestKey()", () => {
  it.each([
    ["dark-mod", "dark-mode"],
    ["darkmode", "dark-mode"],
    ["DarkMode", "dark-mode"],
    ["dark_mode", "dark-mode"],
    ["dakr-mode", "dark-mode"],
    ["darker-mod", "darker-mode"],
    ["pricing-tier", "pricing_tier"],
    ["pricingtier2", "pricing_tier"],
    ["neww-chekout", "new-checkout"],
  ])("takes %j for %j", (key, expected) => {
    expect(nearestKey(key, KEYS)).toBe(expected);
  });

  it.each(["", "ac", "y", "checkout", "mode", "constructor", "dark", "light-mode"])(
    "finds no key similar to %j",
    (key) => {
      expect(nearestKey(key, KEYS)).toBeUndefined();
    },
  );

  it("prefers the most similar key, whatever the order", () => {
    expect(nearestKey("flag-12", ["flag-34", "flag-13"])).toBe("flag-13");
    expect(nearestKey("flag-12", ["flag-13", "flag-34"])).toBe("flag-13");
  });

  it("bounds its work", () => {
    const keys = Array.from({ length: 5_001 }, (_, index) => index === 5_000 ? "dark-mode" : "another-flag");
    expect(nearestKey("dark-mod", keys)).toBeUndefined();
    expect(nearestKey("a".repeat(200), ["a".repeat(199) + "b"])).toBeUndefined();
  });
});
