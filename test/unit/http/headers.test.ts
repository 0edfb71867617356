import { describe, expect, it } from "vitest";
import { afterRejection, parseRetryAfter } from "../../../src/http/headers.ts";

const NOW = Date.UTC(2026, 0, 1);

describe("parseRetryAfter() (contract §1)", () => {
  it.each([
    ["12", 12_000],
    [" 1.5 ", 1_500],
    ["0", 0],
    ["600", 600_000],
    ["601", 600_000],
    ["Thu, 01 Jan 2026 00:00:20 GMT", 20_000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["Thu, 01 Jan 2099 00:00:00 GMT", 600_000],
    ["soon", undefined],
    ["-1", undefined],
    ["12,5", undefined],
    ["", undefined],
  ])("parses %j", (value, expected) => {
    expect(parseRetryAfter(new Headers({ "retry-after": value }), NOW)).toBe(expected);
  });

  it("returns undefined without the header", () => {
    expect(parseRetryAfter(new Headers(), NOW)).toBeUndefined();
  });

  it("compares a date with the response's own", () => {
    const headers = {
      "retry-after": "Fri, 01 Jan 2021 00:00:20 GMT",
      "date": "Fri, 01 Jan 2021 00:00:05 GMT",
    };
    expect(parseRetryAfter(new Headers(headers), NOW)).toBe(15_000);
    expect(parseRetryAfter(new Headers({ ...headers, date: "yesterday" }), NOW)).toBe(0);
  });
});

describe("afterRejection() (contract §1)", () => {
  it("is 30 s, five times, then 5 minutes", () => {
    expect([1, 5, 6, 100].map(afterRejection)).toEqual([30_000, 30_000, 300_000, 300_000]);
  });
});
