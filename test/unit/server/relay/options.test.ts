import { describe, expect, it } from "vitest";
import { FeatureflipClient } from "../../../../mod.ts";
import { detectRuntime } from "../../../../src/runtime/detect-runtime.ts";
import { ConfigurationError, createRelay } from "../../../../src/server/mod.ts";
import type { RelayOptions } from "../../../../src/server/mod.ts";
import { resolveRelayOptions } from "../../../../src/server/relay/options.ts";
import { createRelayOn } from "../../../../src/server/relay/relay.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";

const NO_ENV = { env: (): undefined => undefined, name: "" };

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
    [
      "a client as upstream, with which the key of the environment would be used",
      { sdkKeys: ["k"], upstream: FeatureflipClient.forTesting() },
      /'upstream' must be an object of upstream options$/,
    ],
    ["null for an option of upstream's events", {
      sdkKeys: ["k"],
      upstream: { sdkKey: "u", flushInterval: null },
    }, /'flushInterval' must be a finite number of milliseconds, at least 1, but is null$/],
    ["a bad upstream URL", { sdkKeys: ["k"], upstream: { sdkKey: "k", baseUrl: "no" } }, /'baseUrl'/],
    [
      "OFREP's options without client keys",
      { sdkKeys: ["k"], upstream: { sdkKey: "u" }, flags: ["dark-mode"] },
      /'clientKeys' is missing, which 'flags' needs/,
    ],
    [
      "more streams of one key than of all",
      { upstream: { sdkKey: "u" }, sdkKeys: ["k"], maxStreams: 100, maxStreamsPerKey: 101 },
      /'maxStreamsPerKey' must be at most 'maxStreams' \(100\), but is 101$/,
    ],
    ["a bound below 1", { sdkKeys: ["k"], maxStreams: 0 }, /'maxStreams' must be .* at least 1, but is 0/],
  ];
  for (const [what, options, message] of refused) {
    it(`refuse ${what}`, () => {
      expect(() => createRelay(options as RelayOptions)).toThrow(ConfigurationError);
      expect(() => createRelay(options as RelayOptions)).toThrow(message);
    });
  }

  it("give each key a part of the streams, so that none takes all (contract §9)", () => {
    const perKey = (keys: number, options: Partial<RelayOptions> = {}): number => {
      const sdkKeys = Array.from({ length: keys }, (_, index) => `key-${index}`);
      return resolveRelayOptions({ upstream: { sdkKey: "u" }, sdkKeys, ...options }, NO_ENV)
        .maxStreamsPerKey;
    };
    expect([1, 2, 5, 50].map((keys) => perKey(keys))).toEqual([2_000, 2_000, 2_000, 2_000]);
    expect([1, 2, 3, 50].map((keys) => perKey(keys, { maxStreams: 100 }))).toEqual([100, 50, 34, 20]);
    expect(perKey(2, { maxStreams: 1 })).toBe(1);
    expect(perKey(2, { maxStreams: 100, maxStreamsPerKey: 100 })).toBe(100);
  });

  it("warn of times that were probably meant in seconds (contract §7)", () => {
    const logger = createRecordingLogger();
    const upstream = { sdkKey: "u", connectTimeout: 5, readTimeout: 10, flushInterval: 30 };
    resolveRelayOptions({ upstream, sdkKeys: ["k"], pingInterval: 15, logger }, NO_ENV);
    expect(logger.lines.map((line) => /^warn: Option '(\w+)' is \d+ ms/.exec(line)?.[1])).toEqual(
      ["connectTimeout", "readTimeout", "flushInterval", "pingInterval"],
    );
  });

  it("do not help on a request-scoped runtime (contract §6.1)", () => {
    const runtime = { ...detectRuntime(), name: "workerd", hasBackground: false };
    const create = (): unknown => createRelayOn(runtime, { upstream: { sdkKey: "k" }, sdkKeys: ["k"] });
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(/which workerd does not offer\. .* option 'store'/);
  });
});
