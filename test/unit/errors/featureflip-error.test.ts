import { describe, expect, it } from "vitest";
import { FeatureflipError } from "../../../src/errors/featureflip-error.ts";

describe("FeatureflipError", () => {
  it("has a code, a name, a message and a cause", () => {
    const cause = new Error("below");
    const error = new FeatureflipError("CLIENT_CLOSED", "The client is closed", { cause });
    expect([error.code, error.name, error.message, error.cause]).toEqual([
      "CLIENT_CLOSED",
      "FeatureflipError",
      "The client is closed",
      cause,
    ]);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe("FeatureflipError: The client is closed");
  });
});
