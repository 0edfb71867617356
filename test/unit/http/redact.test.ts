import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeCause, sanitize } from "../../../src/http/redact.ts";
import { runs } from "../../support/runs.ts";

const KEY = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 8,
});

describe("sanitize() (contract §1)", () => {
  it("never lets the key through, and gives one line of at most 200 characters", () => {
    fc.assert(
      fc.property(
        KEY,
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary", maxLength: 300 }),
        (key, before, after) => {
          const inUrl = encodeURIComponent(key);
          const lowerCase = inUrl.replace(/%../g, (escaped) => escaped.toLowerCase());
          for (const echo of [key, inUrl, lowerCase, JSON.stringify(key)]) {
            const line = sanitize(before + echo + after, key);
            expect(line).not.toContain(key);
            expect(Array.from(line).length).toBeLessThanOrEqual(200);
            expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
          }
        },
      ),
      { numRuns: runs(200) },
    );
  });

  it("leaves harmless text as it is", () => {
    expect(sanitize("Ключ истёк 🚀", "sdk-key")).toBe("Ключ истёк 🚀");
    expect(sanitize("  two\r\nlines\t", "sdk-key")).toBe("two lines");
    expect(sanitize("x".repeat(200), "sdk-key")).toBe("x".repeat(200));
    expect(sanitize("🚀".repeat(300), "sdk-key")).toBe(`${"🚀".repeat(199)}…`);
  });

  it("blacks out a key that stands in what takes its place, once", () => {
    expect(sanitize("Network", "k")).toBe("Networ[SDK key]");
    expect(sanitize("SDK or key", "SDK")).toBe("[SDK key] or key");
    expect(sanitize("?k=a%2fb&j=a/b", "a/b")).toBe("?k=[SDK key]&j=[SDK key]");
  });
});

describe("describeCause()", () => {
  it("drops the URL that Deno puts before the reason", () => {
    const url = `https://flags.example/${"long/".repeat(60)}v1/sdk/stream`;
    const reason = "client error (Connect): invalid peer certificate: UnknownIssuer";
    for (
      const message of [
        `error sending request for url (${url}): ${reason}`,
        `error sending request from 127.0.0.1:5 for url (${url}) (127.0.0.1:443): ${reason}`,
      ]
    ) {
      expect(describeCause(new TypeError(message))).toBe(reason);
    }
  });

  it("joins what runtimes hide at different depths, each part once", () => {
    const cause = Object.assign(new AggregateError([new Error("connect ECONNREFUSED ::1:9")]), {
      code: "ECONNREFUSED",
    });
    expect(describeCause(new TypeError("fetch failed", { cause }))).toBe(
      "fetch failed: ECONNREFUSED: connect ECONNREFUSED ::1:9",
    );
    expect(describeCause("odd")).toBe("no reason given");
  });
});
