import { describe, expect, it } from "vitest";
import { FeatureflipClient } from "../../../src/client/client.ts";
import {
  checkOption,
  checkOptions,
  checkRequired,
  timeoutOf,
  timeRule,
} from "../../../src/errors/check-option.ts";
import type { OptionRule } from "../../../src/errors/check-option.ts";
import { ConfigurationError } from "../../../src/errors/configuration-error.ts";

const TEXT: OptionRule<string> = ["default", "a list of names", (value) => value === "yes"];

function errorOf(run: () => unknown): ConfigurationError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
  }
  throw new Error("It threw no ConfigurationError");
}

describe("checkOption()", () => {
  it("returns an allowed value, and the default for undefined", () => {
    expect(checkOption("create client", "names", "yes", TEXT)).toBe("yes");
    expect(checkOption("create client", "names", undefined, TEXT)).toBe("default");
  });

  it.each([
    [7, "7"],
    [false, "false"],
    [null, "null"],
    ["no", `"no"`],
    ["sdk-dev-7f3a", "a string"],
    [["a"], "a list with something else"],
    [{}, "an object"],
  ])(
    "names action, option, allowed values and value, but no possible secret: %j (contract §7)",
    (value, shown) => {
      const error = errorOf(() => checkOption("create client", "names", value, TEXT));
      expect(error.option).toBe("names");
      expect(error.message).toBe(`Cannot create client: 'names' must be a list of names, but is ${shown}`);
    },
  );

  it("shows no value of a secret option", () => {
    const rule: OptionRule<string> = ["", "a string", () => false, true];
    const error = errorOf(() => checkOption("create client", "sdkKey", 7, rule));
    expect(error.message).toBe("Cannot create client: 'sdkKey' must be a string");
  });
});

describe("checkOptions(), checkRequired()", () => {
  const rules = { names: TEXT, size: timeRule(5) };

  it("returns every option, with defaults", () => {
    expect(checkOptions("use store", { size: 7 }, rules)).toEqual({ names: "default", size: 7 });
  });

  it.each<[options: unknown, option: string, message: string]>([
    [{ sise: 7 }, "options", "Cannot use store: unknown option 'sise'. Known options: names, size"],
    [
      { names: "yes", size: 0 },
      "size",
      "Cannot use store: 'size' must be a finite number of milliseconds, at least 1, but is 0",
    ],
    [{}, "names", "Cannot use store: 'names' is missing, it must be a list of names"],
    [5, "options", "Cannot use store: the options must be an object, but are a number"],
    [Promise.resolve({}), "options", "Cannot use store: the options must be an object, but are a promise"],
    [
      FeatureflipClient.forTesting(),
      "options",
      "Cannot use store: the options must be an object, but are a client",
    ],
  ])("refuses %j (contract §7)", (options, option, message) => {
    const error = errorOf(() => checkRequired("use store", options, rules, ["names"]));
    expect([error.option, error.message]).toEqual([option, message]);
  });
});

describe("timeRule()", () => {
  it("allows finite numbers from the least one on", () => {
    const rule = timeRule(5, 1_000, "1,000");
    expect(checkOption("poll", "interval", 1_000, rule)).toBe(1_000);
    for (const value of [999, Number.POSITIVE_INFINITY, Number.NaN, "1000"]) {
      expect(errorOf(() => checkOption("poll", "interval", value, rule)).message)
        .toContain("Cannot poll: 'interval' must be a finite number of milliseconds, at least 1,000");
    }
  });
});

describe("timeoutOf()", () => {
  it("returns the timeout of a call, and undefined without one", () => {
    expect(timeoutOf("close client", { timeout: 5 })).toBe(5);
    for (const options of [{}, null, undefined]) expect(timeoutOf("close client", options)).toBeUndefined();
  });
});
