import { describe, expect, it } from "vitest";
import { FeatureflipError } from "../../../src/errors/featureflip-error.ts";
import { InitializationError } from "../../../src/errors/initialization-error.ts";

describe("InitializationError", () => {
  it("has a code and a cause (contract §7)", () => {
    const cause = new FeatureflipError("REQUEST_FAILED", "no answer");
    const error = new InitializationError("REFUSED", "No flags", { cause });
    expect([error.code, error.name, error.reason, error.cause]).toEqual([
      "INITIALIZATION",
      "InitializationError",
      "REFUSED",
      cause,
    ]);
    expect(error).toBeInstanceOf(FeatureflipError);
  });
});
