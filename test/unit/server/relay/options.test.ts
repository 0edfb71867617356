import { describe, expect, it } from "vitest";
import { detectRuntime } from "../../../../src/runtime/detect-runtime.ts";
import { ConfigurationError, createRelay } from "../../../../src/server/mod.ts";
import type { RelayOptions } from "../../../../src/server/mod.ts";
import { createRelayOn } from "../../../../src/server/relay/relay.ts";

describe("createRelay()'s options", () => {
  const refused: readonly [string, unknown, RegExp][] = [
    ["no keys", {}, /'sdkKeys' is missing/],
    ["an empty list of keys", { sdkKeys: [] }, /'sdkKeys' must be a list of at least one SDK key/],
    [
      "a key with a space",
      { sdkKeys: ["relay key"] },
      /'sdkKeys' must be a list of at least one SDK key \(visible ASCII/,
    ],
    [
      "an unknown option",
      { sdkKeys: ["k"], upstreams: {} },
      /unknown option 'upstreams'\. Known options: upstream, sdkKeys/,
    ],
    [
      "an unknown upstream option",
      { sdkKeys: ["k"], upstream: { mode: "lazy" } },
      /Cannot create relay's upstream: unknown option 'mode'\. Known options: sdkKey/,
    ],
    ["a bad upstream URL", { sdkKeys: ["k"], upstream: { sdkKey: "k", baseUrl: "no" } }, /'baseUrl'/],
    [
      "OFREP's options without client keys",
      { sdkKeys: ["k"], upstream: { sdkKey: "u" }, flags: ["dark-mode"] },
      /'clientKeys' is missing, which 'flags' needs/,
    ],
    ["a bound below 1", { sdkKeys: ["k"], maxStreams: 0 }, /'maxStreams' must be .* at least 1, but is 0/],
  ];
  for (const [what, options, message] of refused) {
    it(`refuse ${what}`, () => {
      expect(() => createRelay(options as RelayOptions)).toThrow(ConfigurationError);
      expect(() => createRelay(options as RelayOptions)).toThrow(message);
    });
  }

  it("do not help on a request-scoped runtime (contract §6.1)", () => {
    const runtime = { ...detectRuntime(), name: "workerd", hasBackground: false };
    const create = (): unknown => createRelayOn(runtime, { upstream: { sdkKey: "k" }, sdkKeys: ["k"] });
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(/which workerd does not offer\. .* option 'store'/);
  });
});
