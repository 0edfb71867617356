import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../../src/errors/configuration-error.ts";
import { checkOptions, checkRequired } from "../../../../src/errors/check-option.ts";
import { BOUNDS, count, isSecret, warnOfSeconds } from "../../../../src/server/http/check-options.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";

const check = (options: unknown): object =>
  checkRequired<{ readonly size: number; readonly key: string }>("start it", options, {
    size: count(7),
    key: ["", "a key", isSecret, true],
  }, ["key"]);

describe("warnOfSeconds()", () => {
  it("warns of times under 50 ms", () => {
    const logger = createRecordingLogger();
    warnOfSeconds(logger, { pingInterval: 30, maxStreamAge: 50 });
    expect(logger.lines).toEqual([
      "warn: Option 'pingInterval' is 30 ms: times are in milliseconds, a second is 1,000",
    ]);
  });
});

describe("the rules of a server's options", () => {
  it("bound what one client can make a server keep (contract §9)", () => {
    expect(checkOptions("start it", {}, BOUNDS)).toEqual({
      pingInterval: 30_000,
      maxBodyBytes: 2_097_152,
      maxBacklogBytes: 1_048_576,
    });
  });

  it("fill in defaults", () => {
    expect(check({ key: "k" })).toEqual({ size: 7, key: "k" });
  });

  it.each<[unknown, string, string]>([
    [null, "options", "Cannot start it: the options must be an object, but are null"],
    [[], "options", "Cannot start it: the options must be an object, but are a list"],
    [{}, "key", "Cannot start it: 'key' is missing, it must be a key"],
    [{ key: "a b" }, "key", "Cannot start it: 'key' must be a key"],
    [{ key: 5 }, "key", "Cannot start it: 'key' must be a key"],
    [
      { key: "k", size: 0 },
      "size",
      "Cannot start it: 'size' must be a finite number of at least 1, but is 0",
    ],
    [
      { key: "k", "sdk-secret": 1 },
      "options",
      "Cannot start it: unknown option (its name is not shown, because it may be the SDK key). Known options: size, key",
    ],
  ])("refuses %j", (options, option, message) => {
    expect(() => check(options)).toThrow(ConfigurationError);
    expect(() => check(options)).toThrow(expect.objectContaining({ option, message }));
  });
});
