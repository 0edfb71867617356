import { describe, expect, it } from "vitest";
import { MAX_NESTING } from "../../../../src/contract/limits.ts";
import { isNestedWithin, readJson } from "../../../../src/server/http/read-json.ts";

function post(body: string): Request {
  return new Request("http://localhost/", { method: "POST", body });
}

describe("readJson()", () => {
  it("reads a body of exactly the largest size, counted in bytes", async () => {
    expect(await readJson(post('"é"'), 4)).toBe("é");
  });

  it("refuses a longer body with 413", async () => {
    await expect(readJson(post('"é"'), 3)).rejects.toMatchObject({
      status: 413,
      message: "The body must be at most 3 bytes long",
    });
  });

  it("refuses with 400 what is not JSON, is empty or ends early", async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
    const cut = new Request(
      "http://localhost/",
      { method: "POST", body: broken, duplex: "half" } as RequestInit,
    );
    for (const request of [post("{"), post(""), new Request("http://localhost/"), cut]) {
      await expect(readJson(request, 100)).rejects.toMatchObject({
        status: 400,
        message: "The body must be JSON",
      });
    }
  });
});

describe("isNestedWithin()", () => {
  it("counts lists and objects, and accepts 100 levels by default (contract §5)", () => {
    expect(isNestedWithin("text", 0)).toBe(true);
    expect(isNestedWithin([], 0)).toBe(false);
    expect(isNestedWithin({ a: [1] }, 2)).toBe(true);
    expect(isNestedWithin({ a: [1] }, 1)).toBe(false);
    const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
    expect(isNestedWithin(nested(MAX_NESTING))).toBe(true);
    expect(isNestedWithin(nested(MAX_NESTING + 1))).toBe(false);
  });
});
