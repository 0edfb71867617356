import { describe, expect, it } from "vitest";
import { FeatureflipError } from "../../../src/errors/featureflip-error.ts";
import { isKeyRejected, RequestError } from "../../../src/errors/request-error.ts";

describe("RequestError", () => {
  it("is a FeatureflipError with a code, transient unless it says otherwise", () => {
    const error = new RequestError("GET /x failed");
    expect(error).toBeInstanceOf(FeatureflipError);
    expect(error).toMatchObject({ name: "RequestError", code: "REQUEST_FAILED", keyRejected: false });
    expect([error.status, error.retryAfter]).toEqual([undefined, undefined]);
    expect(new RequestError("x", { status: 503, retryAfter: 7 })).toMatchObject({
      status: 503,
      retryAfter: 7,
    });
  });

  it("distinguishes a rejected key from every other error", () => {
    expect(isKeyRejected(new RequestError("x", { keyRejected: true }))).toBe(true);
    for (const error of [new RequestError("x"), new Error("x"), { keyRejected: true }, undefined]) {
      expect(isKeyRejected(error)).toBe(false);
    }
  });
});
