import { describe, expect, it } from "vitest";
import { FeatureflipError } from "../../../src/errors/featureflip-error.ts";
import { InitializationError } from "../../../src/errors/initialization-error.ts";

describe("InitializationError", () => {
  it("has a code and a cause (contract §7)", () => {
    const cause = new FeatureflipError("REQUEST_FAILED", "no answer");
    const error = new InitializationError("No flags", { cause });
    expect([error.code, error.name, error.cause]).toEqual(["INITIALIZATION", "InitializationError", cause]);
    expect(error).toBeInstanceOf(FeatureflipError);
  });
});
