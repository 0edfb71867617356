import { describe, expect, it } from "vitest";
import { afterRejection, interpretRefusal, parseRetryAfter } from "../../../src/http/refusal.ts";

function refusal(status: number, body = "", headers: Record<string, string> = {}) {
  return interpretRefusal({ status, headers: new Headers(headers) }, body, 0);
}

describe("interpretRefusal() (contract §1)", () => {
  it.each([
    [401, "", true],
    [401, "<h1>no</h1>", true],
    [403, `{"error":"no"}`, true],
    [403, "<h1>Forbidden</h1>", false],
    [400, `{"error":"no"}`, false],
    [503, `{"error":"no"}`, false],
  ])("reads %i with the body %j as a rejected key: %s", (status, body, rejected) => {
    expect(refusal(status, body).keyRejected).toBe(rejected);
  });

  it("takes the server's words from the redirect's target, the error, the detail or the title", () => {
    const problem = `{"title":"T","detail":"D"}`;
    expect(refusal(302, `{"error":"E"}`, { location: "/there" }).statement).toBe("/there");
    expect(refusal(500, `{"error":"E","detail":"D"}`).statement).toBe("E");
    expect(refusal(500, problem).statement).toBe("D");
    expect(refusal(500, `{"title":"T","error":7,"detail":""}`).statement).toBe("T");
    expect(refusal(500, "no JSON").statement).toBeUndefined();
    expect(refusal(500, "null").statement).toBeUndefined();
  });

  it("gives a 429 without Retry-After 30 s, and no other status a wait of its own", () => {
    expect(refusal(429).retryAfter).toBe(30_000);
    expect(refusal(429, "", { "retry-after": "7" }).retryAfter).toBe(7_000);
    expect(refusal(503).retryAfter).toBeUndefined();
    expect(refusal(503, "", { "retry-after": "7" }).retryAfter).toBe(7_000);
  });

  it.each([
    [0, "redirects are not followed"],
    [302, "redirects are not followed"],
    [304, ""],
    [400, ""],
    [401, "the SDK key was rejected"],
    [403, "firewall"],
    [404, "check the base URL"],
    [429, "too many requests"],
    [499, ""],
    [500, "unavailable"],
  ])("advises on %i", (status, advice) => {
    if (advice === "") expect(refusal(status).advice).toBe("");
    else expect(refusal(status).advice).toMatch(new RegExp(`^: .*${advice}`));
  });
});

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
