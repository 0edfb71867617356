import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../../src/errors/configuration-error.ts";
import { checkOptions, count, isSecret } from "../../../../src/server/http/check-options.ts";

const check = (options: unknown): object =>
  checkOptions<{ readonly size: number; readonly key: string }>("start it", options, {
    size: count(7),
    key: ["", "a key", isSecret, true],
  }, ["key"]);

describe("checkOptions()", () => {
  it("fills in defaults", () => {
    expect(check({ key: "k" })).toEqual({ size: 7, key: "k" });
  });

  it.each<[unknown, string, string]>([
    [null, "options", "Cannot start it: the options must be an object"],
    [[], "options", "Cannot start it: the options must be an object"],
    [{}, "key", "Cannot start it: 'key' is missing"],
    [{ key: "a b" }, "key", "Cannot start it: 'key' must be a key"],
    [{ key: 5 }, "key", "Cannot start it: 'key' must be a key"],
    [
      { key: "k", size: 0 },
      "size",
      "Cannot start it: 'size' must be a finite number of at least 1, but is 0",
    ],
    [{ key: "k", "sdk-secret": 1 }, "options", "Cannot start it: unknown option. Known options: size, key"],
  ])("refuses %j", (options, option, message) => {
    expect(() => check(options)).toThrow(ConfigurationError);
    expect(() => check(options)).toThrow(expect.objectContaining({ option, message }));
  });
});
