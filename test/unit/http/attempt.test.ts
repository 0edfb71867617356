import { describe, expect, it } from "vitest";
import { Attempt } from "../../../src/http/attempt.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";

const never = new Promise<never>(() => {});

describe("Attempt", () => {
  it("settles with the work, and disarms its timer", async () => {
    const scheduler = new ManualScheduler();
    const attempt = new Attempt("GET /x", scheduler);
    expect(await attempt.within(100, "late", Promise.resolve(7))).toBe(7);
    await expect(attempt.within(100, "late", Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(scheduler.armed).toBe(0);
    expect(attempt.signal.aborted).toBe(false);
  });

  it("aborts the request and names it in the error when the time is over", async () => {
    const scheduler = new ManualScheduler();
    const attempt = new Attempt("GET /x", scheduler);
    const failure = attempt.within(100, "timed out", never).catch((error: unknown) => error);
    await scheduler.advance(99);
    expect(attempt.signal.aborted).toBe(false);
    await scheduler.advance(1);
    expect(attempt.signal.aborted).toBe(true);
    expect(await failure).toBeInstanceOf(RequestError);
    expect(String(await failure)).toBe("RequestError: GET /x timed out");
    expect(scheduler.armed).toBe(0);
  });

  it("ends every wait when it is aborted, those that begin later included", async () => {
    const scheduler = new ManualScheduler();
    const attempt = new Attempt("POST /x", scheduler);
    const waits = [attempt.within(1000, "late", never), attempt.within(2000, "late", never)];
    attempt.abort("aborted: the client is closed");
    attempt.abort("aborted again");
    const settled = await Promise.allSettled([...waits, attempt.within(1000, "late", never)]);
    expect(settled.map((wait) => wait.status === "rejected" && String(wait.reason)))
      .toEqual(Array(3).fill("RequestError: POST /x aborted: the client is closed"));
    expect(scheduler.armed).toBe(0);
  });

  it("creates errors with the facts of the failure", () => {
    const error = new Attempt("GET /x", new ManualScheduler()).error("answered 429", {
      status: 429,
      retryAfter: 7,
    });
    expect(error).toMatchObject({
      message: "GET /x answered 429",
      code: "REQUEST_FAILED",
      status: 429,
      keyRejected: false,
      retryAfter: 7,
    });
  });
});
