import type { HTTPException } from "hono/http-exception";
import { describe, expect, it } from "vitest";
import { MAX_NESTING } from "../../../../src/contract/limits.ts";
import { isNestedWithin, readJson } from "../../../../src/server/http/read-json.ts";
import { ManualScheduler } from "../../../support/manual-scheduler.ts";

const HEADERS = { "content-type": "application/json" };
const scheduler = new ManualScheduler();

function post(body: string, headers: Readonly<Record<string, string>> = HEADERS): Request {
  return new Request("http://localhost/", { method: "POST", headers, body });
}

function streamed(body: ReadableStream): Request {
  const init = { method: "POST", headers: HEADERS, body, duplex: "half" };
  return new Request("http://localhost/", init as RequestInit);
}

describe("readJson()", () => {
  it("scans a long body before it is parsed (contract §1)", async () => {
    const limits = { maxBodyBytes: 8 * 2 ** 20, scheduler };
    const filler = `"${"x".repeat(2 ** 20)}"`;
    await expect(readJson(post(`[${filler},${"[".repeat(128)}${"]".repeat(128)}]`), limits))
      .rejects.toMatchObject({ message: expect.stringContaining("nested at most 128 levels") });
    await expect(readJson(post(`[${"[],".repeat(2_000_000)}0]`), limits))
      .rejects.toMatchObject({ message: expect.stringContaining("at most 2000000 lists and objects") });
    expect(await readJson(post(`[${filler},${"[".repeat(127)}${"]".repeat(127)}]`), limits)).toHaveLength(2);
  });

  it("reads a body of exactly the largest size, counted in bytes", async () => {
    expect(await readJson(post('"é"'), { maxBodyBytes: 4, scheduler })).toBe("é");
  });

  it("refuses a longer body with 413", async () => {
    await expect(readJson(post('"é"'), { maxBodyBytes: 3, scheduler })).rejects.toMatchObject({
      status: 413,
      message: "The body must be at most 3 bytes long",
    });
  });

  it("refuses with 400 what is not JSON, is empty or ends early", async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
    const empty = new Request("http://localhost/", { headers: HEADERS });
    for (const request of [post("{"), post(""), empty, streamed(broken)]) {
      await expect(readJson(request, { maxBodyBytes: 100, scheduler })).rejects.toMatchObject({
        status: 400,
        message: "The body must be JSON",
      });
    }
  });

  it("refuses with 415 what is not sent as JSON (contract §9)", async () => {
    const read = (type: string): Promise<unknown> =>
      readJson(post("1", { "content-type": type }), { maxBodyBytes: 100, scheduler });
    for (const type of ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"]) {
      expect(await read(type)).toBe(1);
    }
    for (const type of ["", "text/plain", "application/jsonp", "application/x-www-form-urlencoded", "json"]) {
      await expect(read(type)).rejects.toMatchObject({ status: 415 });
    }
  });

  it("refuses with 408 a body that has not arrived after 30 s, and releases it (contract §9)", async () => {
    let isReleased = false;
    const stuck = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
      cancel: () => void (isReleased = true),
    });
    const outcome = readJson(streamed(stuck), { maxBodyBytes: 100, scheduler }).catch((
      error: HTTPException,
    ) => error);
    await scheduler.advance(29_999);
    expect(isReleased).toBe(false);
    await scheduler.advance(1);
    const error = await outcome as HTTPException;
    expect(error).toMatchObject({ status: 408 });
    expect(error.res?.headers.get("connection")).toBe("close");
    expect(isReleased).toBe(true);
    expect(scheduler.armed).toBe(0);
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
