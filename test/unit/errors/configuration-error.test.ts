import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../src/errors/configuration-error.ts";
import { FeatureflipError } from "../../../src/errors/featureflip-error.ts";

describe("ConfigurationError", () => {
  it("names the option (contract §7)", () => {
    const error = new ConfigurationError("pollInterval", "Cannot create client");
    expect([error.code, error.name, error.option]).toEqual([
      "CONFIGURATION",
      "ConfigurationError",
      "pollInterval",
    ]);
    expect(error).toBeInstanceOf(FeatureflipError);
  });
});
