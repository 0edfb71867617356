import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { clientHandle, runtimeOf, withRuntime } from "../../../src/client/internals.ts";
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

describe("withRuntime()", () => {
  it("adds a runtime that the check for unknown options does not see", () => {
    const { runtime } = createFixture();
    const options = withRuntime({ sdkKey: "sdk-key" }, runtime);
    expect(runtimeOf(options)).toBe(runtime);
    expect(Object.keys(options)).toEqual(["sdkKey"]);
    expect(runtimeOf({ sdkKey: "sdk-key" })).toBeUndefined();
  });
});
