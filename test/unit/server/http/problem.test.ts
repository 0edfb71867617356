import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { describe, expect, it } from "vitest";
import { orNotFound, problem, refuseOtherMethods, unavailable } from "../../../../src/server/http/problem.ts";

describe("problem()", () => {
  it("answers with problem details, whatever content type is given (contract §1)", async () => {
    const response = problem(401, "The SDK key is missing", {
      "www-authenticate": "Bearer",
      "content-type": "text/html",
    });
    expect(response.status).toBe(401);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect(await response.json()).toEqual({
      type: "about:blank",
      title: "Unauthorized",
      status: 401,
      detail: "The SDK key is missing",
    });
  });
});

describe("orNotFound()", () => {
  it("returns what exists, and throws a 404 for what does not", () => {
    expect(orNotFound(0, "flag")).toBe(0);
    expect(() => orNotFound(undefined, "segment")).toThrow(
      new HTTPException(404, { message: "No such segment" }),
    );
  });
});

describe("unavailable()", () => {
  it("is a 503 that names the seconds until the next attempt (contract §1)", async () => {
    const response = unavailable("There are no flags yet", 5).getResponse();
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await response.json()).toMatchObject({ title: "Service Unavailable" });
  });
});

describe("refuseOtherMethods()", () => {
  it("answers 405 to methods without a route, and names the allowed ones", async () => {
    const app = new Hono();
    app.get("/flags", (c) => c.text("flags"));
    refuseOtherMethods(app, { "/flags": "GET, HEAD" });
    expect((await app.request("/flags")).status).toBe(200);
    const response = await app.request("/flags", { method: "DELETE" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
    expect(await response.json()).toMatchObject({ detail: "Method DELETE not allowed" });
  });
});
