import type { HTTPException } from "hono/http-exception";
import { describe, expect, it } from "vitest";
import { MAX_NESTING } from "../../../../src/contract/limits.ts";
import {
  BodyShares,
  isNestedWithin,
  readJson,
  RequestShares,
} from "../../../../src/server/http/request-bounds.ts";
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

describe("RequestShares", () => {
  it("bounds the requests of each key in a minute by itself (contract §9)", () => {
    let now = 1_000_000;
    const shares = new RequestShares(2, 3, () => now);
    const take = (key: number): string | undefined => {
      try {
        shares.take(key);
        return undefined;
      } catch (error) {
        const { res } = error as HTTPException;
        return `${res?.status} ${res?.headers.get("retry-after")}`;
      }
    };
    expect([take(0), take(0), take(0), take(1)]).toEqual([undefined, undefined, undefined, undefined]);
    now += 20_500;
    expect([take(0), take(1)]).toEqual(["429 40", undefined]);
    now += 39_500;
    expect(take(0)).toBeUndefined();
    now -= 3_600_000; // the clock is set back
    expect(take(0)).toBeUndefined();
    expect(shares.counts).toMatchObject([{ total: 6, refused: 1 }, { total: 2, refused: 0 }]);
  });
});

describe("the bodies of one key", () => {
  const MIB = 2 ** 20;
  const post = (headers: Readonly<Record<string, string>> = {}): Request =>
    new Request("http://relay/v1/sdk/events", { method: "POST", headers });
  const forever = (): Promise<never> => new Promise(() => {});

  it("may take 64 MiB at once, so that those that stop in the middle do not fill the memory (contract §9)", async () => {
    const shares = new BodyShares(2);
    for (let body = 0; body < 32; body++) void shares.read(0, post(), 2 * MIB, forever);
    await expect(shares.read(0, post(), 2 * MIB, forever)).rejects.toMatchObject({ status: 503 });
    expect(await shares.read(1, post(), 2 * MIB, () => Promise.resolve("of another key"))).toBe(
      "of another key",
    );
  });

  it("count by their Content-Length, until they are read or fail", async () => {
    const shares = new BodyShares(1);
    const short = post({ "content-length": "100" });
    for (let body = 0; body < 1_000; body++) void shares.read(0, short, 2 * MIB, forever);
    const ends: (() => void)[] = [];
    for (let body = 0; body < 31; body++) {
      const read = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
      void shares.read(0, post({ "content-length": "a lie" }), 2 * MIB, read);
    }
    await expect(shares.read(0, post(), 2 * MIB, forever)).rejects.toMatchObject({ status: 503 });
    ends[0]!();
    await Promise.resolve();
    await Promise.resolve();
    const failing = (): Promise<never> => Promise.reject(new Error("broken"));
    await expect(shares.read(0, post(), 2 * MIB, failing)).rejects.toThrow("broken");
    expect(await shares.read(0, post(), 2 * MIB, () => Promise.resolve("read"))).toBe("read");
  });

  it("that is larger than all may be read alone", async () => {
    expect(await new BodyShares(1).read(0, post(), 100 * MIB, () => Promise.resolve("read"))).toBe("read");
  });
});
