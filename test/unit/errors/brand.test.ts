import { describe, expect, it } from "vitest";
import { brandClass, hasBrand } from "../../../src/errors/brand.ts";
import { ConfigurationError } from "../../../src/errors/configuration-error.ts";
import { FeatureflipError } from "../../../src/errors/featureflip-error.ts";

/** Two copies of one class, as two versions of a package bring them. */
function createCopy(): new () => object {
  class Thing {}
  brandClass(Thing, "Thing");
  return Thing;
}

describe("brandClass()", () => {
  it("makes instanceof hold across copies", () => {
    const [One, Two] = [createCopy(), createCopy()];
    expect([new One() instanceof One, new One() instanceof Two]).toEqual([true, true]);
    expect([{} instanceof One, new Error("x") instanceof FeatureflipError]).toEqual([false, false]);
    expect(Object.keys(new One())).toEqual([]);
  });

  it("distinguishes subclasses, and compares a user's own as usual", () => {
    class Own extends FeatureflipError {}
    const own = new Own("CLIENT_CLOSED", "closed");
    const other = new FeatureflipError("CLIENT_CLOSED", "closed");
    expect([own instanceof Own, own instanceof FeatureflipError]).toEqual([true, true]);
    expect([other instanceof Own, other instanceof ConfigurationError]).toEqual([false, false]);
    expect(new ConfigurationError("sdkKey", "missing") instanceof FeatureflipError).toBe(true);
  });
});

describe("hasBrand()", () => {
  it("never throws", () => {
    const fail = (): never => {
      throw new Error("broken proxy");
    };
    const broken = new Proxy({}, { get: fail, has: fail, getPrototypeOf: fail });
    expect([null, undefined, 7, "x", {}, broken].map((value) => hasBrand(value, "Thing"))).toEqual(
      Array(6).fill(false),
    );
  });

  it("is not true of a mock that has every property", () => {
    const mock = new Proxy({}, { get: () => () => {}, has: () => true });
    expect(hasBrand(mock, "Thing")).toBe(false);
  });
});
