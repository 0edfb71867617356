import { describe, expect, it } from "vitest";
import { flagPath } from "../../../src/contract/endpoints.ts";

describe("flagPath()", () => {
  it.each([
    ["dark-mode", "dark-mode"],
    ["a b", "a%20b"],
    ["a/b?c#d", "a%2Fb%3Fc%23d"],
    ["100%", "100%25"],
    ["%2e%2e", "%252e%252e"],
    ["...", "..."],
    ["用户", "%E7%94%A8%E6%88%B7"],
    ["😀", "%F0%9F%98%80"],
    ["\r\n", "%0D%0A"],
    ["__proto__", "__proto__"],
    [" ", "%20"],
  ])("percent-encodes the key %j (contract §1)", (key, encoded) => {
    expect(flagPath(key)).toBe(`/v1/sdk/flags/${encoded}`);
    // What a URL makes of it names the same flag.
    const { pathname } = new URL(flagPath(key)!, "https://eval.featureflip.io");
    expect(decodeURIComponent(pathname.slice("/v1/sdk/flags/".length))).toBe(key);
  });

  it.each(["", ".", "..", "\ud800", "a\udc00b"])(
    "has no path for %j, which a URL can't carry (contract §4)",
    (key) => {
      expect(flagPath(key)).toBeNull();
    },
  );
});
