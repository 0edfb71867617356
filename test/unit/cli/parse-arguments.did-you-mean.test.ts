import { expect, it } from "vitest";
import { didYouMean } from "../../../src/cli/parse-arguments.ts";

const KEYS = ["dark-mode", "pricing-tier", "rate-limit"];

it.each([
  ["dark-mod", "dark-mode"],
  ["Dark-Mode", "dark-mode"],
  ["dakr-mode", "dark-mode"],
  ["pricing-teir", "pricing-tier"],
  ["rate_limits", "rate-limit"],
])("didYouMean() suggests for %s", (name, key) => {
  expect(didYouMean(name, KEYS)).toBe(`, did you mean ${JSON.stringify(key)}?`);
});

it.each(["checkout", "dm", "dark", ""])("didYouMean() suggests nothing for %j", (name) => {
  expect(didYouMean(name, KEYS)).toBe("");
});
