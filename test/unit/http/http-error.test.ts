import { describe, expect, it } from "vitest";
import { FeatureflipError } from "../../../src/errors/featureflip-error.ts";
import { HttpError, isKeyRejected } from "../../../src/http/http-error.ts";

describe("HttpError", () => {
  it("is a FeatureflipError with a code, transient unless it says otherwise", () => {
    const error = new HttpError("GET /x failed");
    expect(error).toBeInstanceOf(FeatureflipError);
    expect(error).toMatchObject({ name: "HttpError", code: "REQUEST_FAILED", keyRejected: false });
    expect([error.status, error.retryAfter]).toEqual([undefined, undefined]);
    expect(new HttpError("x", { status: 503, retryAfter: 7 })).toMatchObject({ status: 503, retryAfter: 7 });
  });

  it("tells a rejected key from every other error", () => {
    expect(isKeyRejected(new HttpError("x", { keyRejected: true }))).toBe(true);
    for (const error of [new HttpError("x"), new Error("x"), { keyRejected: true }, undefined]) {
      expect(isKeyRejected(error)).toBe(false);
    }
  });
});
