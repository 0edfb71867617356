import { describe, expect, it } from "vitest";
import { joinPath, PayloadError, prefixPath, typeViolation } from "../../../src/contract/payload-error.ts";
import { FeatureflipError } from "../../../src/errors/featureflip-error.ts";

describe("PayloadError", () => {
  it("has its own name, a code, the path and the problem (contract §2.1)", () => {
    const error = new PayloadError("flags[0].key", "must be a string");
    expect(error).toBeInstanceOf(FeatureflipError);
    expect(error.name).toBe("PayloadError");
    expect(error.code).toBe("INVALID_PAYLOAD");
    expect(error.path).toBe("flags[0].key");
    expect(error.problem).toBe("must be a string");
    expect(String(error)).toBe("PayloadError: flags[0].key must be a string");
    expect(new PayloadError("", "must be JSON").message).toBe("the payload must be JSON");
  });
});

describe("typeViolation()", () => {
  it.each<[unknown, string]>([
    [undefined, "missing"],
    [null, "null"],
    ["text", '"text"'],
    [1.5, "1.5"],
    [true, "true"],
    [[], "a list"],
    [{}, "an object"],
  ])("says that %j was found (contract §2.1)", (value, found) => {
    expect(typeViolation("a.b", "a number", value).message).toBe(`a.b must be a number, but is ${found}`);
  });
});

describe("prefixPath()", () => {
  it("returns the same problem with the longer path", () => {
    const error = prefixPath(new PayloadError("b[1]", "must be JSON"), "a");
    expect(error).toBeInstanceOf(PayloadError);
    expect(error).toMatchObject({ path: "a.b[1]", problem: "must be JSON" });
  });

  it("returns any other value as it is", () => {
    for (
      const thrown of [new RangeError("stack"), new FeatureflipError("CLIENT_CLOSED", "x"), "text", null]
    ) {
      expect(prefixPath(thrown, "a")).toBe(thrown);
    }
  });
});

describe("joinPath()", () => {
  it("puts a dot before names and none before indices", () => {
    expect(joinPath("flags[0]", "rules[1]")).toBe("flags[0].rules[1]");
    expect(joinPath("flags", "[0].key")).toBe("flags[0].key");
    expect(joinPath("", "key")).toBe("key");
    expect(joinPath("flags", "")).toBe("flags");
  });
});
