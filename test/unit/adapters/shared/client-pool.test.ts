import { FeatureflipClient } from "../../../../src/client/client.ts";
import { describe, expect, it } from "vitest";
import { checkClientChoice, createClientPool } from "../../../../src/adapters/shared/client-pool.ts";
import type { FeatureflipOptions } from "../../../../src/client/options.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";

const offline: FeatureflipOptions = { mode: "offline" };

describe("createClientPool()", () => {
  it("makes one client for each SDK key and base URL, and asks for options once for each", () => {
    const clientFor = createClientPool();
    let asked = 0;
    const options = (): FeatureflipOptions => {
      asked++;
      return offline;
    };
    const one = clientFor({ FEATUREFLIP_SDK_KEY: "sdk-pool-1" }, options);
    expect(clientFor({ FEATUREFLIP_SDK_KEY: "sdk-pool-1" }, options)).toBe(one);
    expect(clientFor({ FEATUREFLIP_SDK_KEY: "sdk-pool-2" }, options)).not.toBe(one);
    const elsewhere = { FEATUREFLIP_SDK_KEY: "sdk-pool-1", FEATUREFLIP_BASE_URL: "http://localhost:1" };
    expect(clientFor(elsewhere, options)).not.toBe(one);
    expect(asked).toBe(3);
  });

  it.each([undefined, null, "text", { FEATUREFLIP_SDK_KEY: 5, FEATUREFLIP_BASE_URL: {} }])(
    "ignores bindings that are not a client's: %j",
    (bindings) => {
      const clientFor = createClientPool();
      const client = clientFor(bindings, () => offline);
      expect(clientFor(undefined, () => offline)).toBe(client);
    },
  );

  it("logs the mistake once and serves defaults when no client can be created", () => {
    const clientFor = createClientPool();
    const logger = createRecordingLogger();
    const options = (): FeatureflipOptions => ({ sdkKey: "sdk-pool-3", pollInterval: 1, logger });
    const client = clientFor(undefined, options);
    expect(client.variation("a", {}, "default")).toBe("default");
    expect(clientFor(undefined, options)).toBe(client);
    const errors = logger.lines.filter((line) => line.startsWith("error"));
    expect(errors).toEqual([
      expect.stringMatching(
        /^error: Cannot create the client, every flag serves its default: .*'pollInterval'/,
      ),
    ]);
  });
});

describe("checkClientChoice()", () => {
  const client = FeatureflipClient.forTesting();
  const check = (options: object): unknown => checkClientChoice("wrap handler", options, ["context"]);

  it("returns the timeout", () => {
    expect(check({ client, context: () => ({}), timeout: 50 })).toBe(50);
    expect(check({ clientOptions: {} })).toBeUndefined();
  });

  it.each<[object, string]>([
    [
      { timeoot: 5 },
      "Cannot wrap handler: unknown option 'timeoot'. Known options: client, clientOptions, timeout, context",
    ],
    [
      { timeout: 0 },
      "Cannot wrap handler: 'timeout' must be a finite number of milliseconds, at least 1, but is 0",
    ],
    [{ client: {} }, "Cannot wrap handler: 'client' must be a FeatureflipClient"],
    [
      { client, clientOptions: {} },
      "Cannot wrap handler: 'client' and 'clientOptions' must not both be given",
    ],
  ])("refuses %j", (options, message) => {
    expect(() => check(options)).toThrow(message);
  });
});
