import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { FeatureflipClient } from "../../../src/client/client.ts";
import { clientHandle, isClient, runtimeOf, withRuntime } from "../../../src/client/internals.ts";
import { createFixture } from "../../support/client-fixture.ts";

describe("clientHandle()", () => {
  it("finds the handle of a client, which is not enumerable", async () => {
    const client = createFixture().connect();
    expect(clientHandle(client).flags).toBeNull();
    await client.waitForInitialization();
    expect(clientHandle(client).flags?.get("dark-mode")?.key).toBe("dark-mode");
    expect(Object.keys(client)).toEqual([]);
    expect(inspect(client)).toBe("FeatureflipClient {}");
    await client.close();
  });
});

describe("isClient()", () => {
  it("knows clients of every copy of the package, but no other object", () => {
    const client = FeatureflipClient.forTesting();
    expect(isClient(client)).toBe(true);
    expect(isClient(new Proxy(client, {}))).toBe(true);
    for (const value of [undefined, null, "client", {}, client.forContext({})]) {
      expect(isClient(value)).toBe(false);
    }
  });

  it("refuses a client of a version whose handle it does not know", () => {
    expect(isClient(Object.create(FeatureflipClient.prototype))).toBe(false);
  });
});

describe("withRuntime()", () => {
  it("adds a runtime that the check for unknown options does not see", () => {
    const { runtime } = createFixture();
    const options = withRuntime({ sdkKey: "sdk-key" }, runtime);
    expect(runtimeOf(options)).toBe(runtime);
    expect(Object.keys(options)).toEqual(["sdkKey"]);
    expect(runtimeOf({ sdkKey: "sdk-key" })).toBeUndefined();
  });
});
