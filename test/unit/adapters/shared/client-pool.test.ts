import { FeatureflipClient } from "../../../../src/client/client.ts";
import { describe, expect, it } from "vitest";
import { checkClientChoice, createClientPool } from "../../../../src/adapters/shared/client-pool.ts";
import type { FeatureflipOptions } from "../../../../src/client/options.ts";
import { createFixture } from "../../../support/client-fixture.ts";
import { functionRule } from "../../../../src/errors/check-option.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";

/** Takes what the console prints. */
function captureConsole(): { readonly errors: string[]; restore(): void } {
  const { error, warn } = console;
  const errors: string[] = [];
  console.error = (...parts: unknown[]) => void errors.push(parts.join(" "));
  console.warn = () => {};
  return { errors, restore: () => void Object.assign(console, { error, warn }) };
}

const offline: FeatureflipOptions = { mode: "offline" };

describe("createClientPool()", () => {
  it("makes one client for each SDK key and base URL, and asks for options each time", () => {
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
    expect(asked).toBe(4);
  });

  it("returns the client of the SDK key and base URL in the options (contract §6)", () => {
    const clientFor = createClientPool();
    const bindings = { FEATUREFLIP_SDK_KEY: "sdk-pool-bound" };
    const of = (sdkKey: string | undefined, baseUrl?: string): unknown =>
      clientFor(bindings, () => ({ mode: "offline", sdkKey, baseUrl }));
    const acme = of("sdk-pool-acme");
    expect(of("sdk-pool-globex")).not.toBe(acme);
    expect(of("sdk-pool-acme")).toBe(acme);
    expect(of("sdk-pool-acme", "http://localhost:1")).not.toBe(acme);
    expect(of(undefined)).toBe(of("sdk-pool-bound"));
  });

  it("keeps the 32 clients used last on a request-scoped runtime, and all of them elsewhere (contract §6.1)", async () => {
    for (const hasBackground of [false, true]) {
      const { runtime, service, logger, sdkKey } = createFixture({ runtime: { hasBackground } });
      const clientFor = createClientPool(runtime);
      const tenant = (index: number) =>
        clientFor(undefined, () => ({
          sdkKey: `${sdkKey}-${index}`,
          mode: "lazy",
          fetch: service.fetch,
          logger,
        }));
      const first = tenant(0);
      const second = tenant(1);
      for (let index = 2; index < 32; index++) tenant(index);
      expect(tenant(0)).toBe(first); // used again, so that the second is the oldest
      tenant(32);
      expect(tenant(0)).toBe(first);
      await second.waitForInitialization(); // of a request that still has it
      expect(second.variation("dark-mode", {}, false)).toBe(true);
      expect(tenant(1) === second).toBe(hasBackground);
    }
  });

  it("serves defaults to the one tenant whose options can't be told, and says so once", () => {
    const clientFor = createClientPool();
    const lines = captureConsole();
    const fails = (): never => {
      throw new Error("no such tenant");
    };
    for (let request = 0; request < 3; request++) {
      expect(clientFor(undefined, fails).variation("a", {}, "default")).toBe("default");
    }
    lines.restore();
    expect(lines.errors).toEqual([expect.stringContaining("no such tenant")]);
    expect(clientFor(undefined, () => offline).status.mode).toBe("offline");
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a promise", Promise.resolve(offline)],
    ["a client", FeatureflipClient.forTesting({ a: "test" })],
  ])("serves defaults instead of asking with the key of the bindings when it gets %s", (_, returned) => {
    const lines = captureConsole();
    const clientFor = createClientPool();
    const client = clientFor({ FEATUREFLIP_SDK_KEY: "sdk-pool-5" }, () => returned as FeatureflipOptions);
    lines.restore();
    expect(client.status.mode).toBe("offline");
    expect(lines.errors).toEqual([expect.stringContaining("'clientOptions' must return client options")]);
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
  const check = (options: object): unknown =>
    checkClientChoice("wrap handler", options, { context: functionRule() });

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
    [{ context: {} }, "Cannot wrap handler: 'context' must be a function, but is an object"],
    [
      { clientOptions: 5 },
      "Cannot wrap handler: 'clientOptions' must be an object of client options, but is 5",
    ],
    [
      { clientOptions: client },
      "Cannot wrap handler: 'clientOptions' must be an object of client options, but is a client",
    ],
    [
      { clientOptions: Promise.resolve({}) },
      "Cannot wrap handler: 'clientOptions' must be an object of client options, but is a promise",
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
