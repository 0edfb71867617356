import { describe, expect, it } from "vitest";
import {
  jsonResponse,
  notFound,
  problem,
  Refusal,
  unauthorized,
  withHeaders,
} from "../../../../src/server/ofrep/answers.ts";

describe("Refusal", () => {
  it("carries its response", async () => {
    const { response } = new Refusal(429, problem("Too many requests"), { "retry-after": "3" });
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "3"]);
    expect(await response.json()).toEqual({ errorDetails: "Too many requests" });
  });

  it("names the scheme of keys with a 401 (OFREP 0.3)", () => {
    expect(unauthorized("No key").response.headers.get("www-authenticate")).toBe("Bearer");
    expect(notFound().response.status).toBe(404);
  });
});

describe("jsonResponse()", () => {
  it("takes headers, and more later", () => {
    const response = withHeaders(jsonResponse("{}", 200, { etag: '"a"' }), { vary: "Origin" });
    expect([...response.headers]).toEqual([
      ["content-type", "application/json"],
      ["etag", '"a"'],
      ["vary", "Origin"],
    ]);
  });
});
