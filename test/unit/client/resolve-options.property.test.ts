import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { FeatureflipOptions } from "../../../src/client/options.ts";
import { resolveOptions } from "../../../src/client/resolve-options.ts";
import { ConfigurationError } from "../../../src/errors/configuration-error.ts";
import { PROPERTY_TIMEOUT, runs } from "../../support/runs.ts";

const NO_ENV = { env: (): undefined => undefined, name: "" };

/** The rules of contract §7 once more, option by option, as a schema library understands them. */
const OptionsSchema = v.strictObject(
  {
    sdkKey: v.optional(v.string()),
    baseUrl: v.optional(v.string()),
    connectTimeout: time(1),
    readTimeout: time(1),
    initTimeout: time(1),
    streaming: v.optional(v.boolean()),
    mode: v.optional(v.picklist(["auto", "streaming", "polling", "lazy", "manual", "offline"])),
    pollInterval: time(1_000),
    pollAfterFailures: time(0),
    maxAge: time(1),
    maxStale: time(1),
    bootstrap: v.optional(v.union([anObject(), aFunction()])),
    // Values that are drawn are never made by a factory of this package.
    store: v.optional(v.never()),
    sendEvents: v.optional(v.boolean()),
    eventsUrl: v.optional(v.string()),
    flushInterval: time(1),
    flushBatchSize: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
    evaluationEvents: v.optional(v.picklist(["all", "unique", "hourly", "none"])),
    privateAttributes: v.optional(v.array(v.string())),
    defaultContext: v.optional(anObject()),
    inspectors: v.optional(v.array(aFunction())),
    waitUntil: v.optional(aFunction()),
    fetch: v.optional(aFunction()),
    logger: v.optional(
      v.pipe(
        anObject(),
        v.looseObject({ debug: aFunction(), info: aFunction(), warn: aFunction(), error: aFunction() }),
      ),
    ),
  } satisfies Record<keyof FeatureflipOptions, v.GenericSchema>,
);

function time(least: number) {
  return v.optional(v.pipe(v.number(), v.finite(), v.minValue(least)));
}

function aFunction() {
  return v.custom<(...args: never) => unknown>((value) => typeof value === "function");
}

function anObject() {
  return v.custom<object>((value) => typeof value === "object" && value !== null && !Array.isArray(value));
}

const NAMES = Object.keys(OptionsSchema.entries);

/** What passes through as it is given, so far as it is checked by itself. */
const UNCHANGED = NAMES.filter((name) =>
  !["sdkKey", "baseUrl", "eventsUrl", "streaming", "mode"].includes(name)
);

const call = (): void => {};

/** What somebody might give for any option: right for some, nearly right for others. */
const arbitraryValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, false, "", "auto", "offline", "all", "none", "Lazy"),
  fc.constantFrom<unknown>(
    0,
    -0,
    0.5,
    1,
    1.5,
    999,
    1_000,
    2 ** 53 - 1,
    2 ** 53,
    1e308,
    -1,
    NaN,
    Infinity,
    5n,
  ),
  fc.constantFrom<unknown>(call, class {}, Symbol("odd"), new Date(0), new Map(), Object.create(null)),
  fc.double(),
  fc.string(),
  fc.array(fc.oneof(fc.string(), fc.constantFrom<unknown>(call, undefined, null, 1)), { maxLength: 3 }),
  fc.constantFrom<unknown>([, "email"], [, call], [call, call]),
  methods("get", "set", "tryLock", "watch"),
  methods("debug", "info", "warn", "error"),
);

/** An object in which some of these are functions, and some are not. */
function methods(...names: string[]): fc.Arbitrary<unknown> {
  const method = fc.oneof(
    { arbitrary: fc.constant(call), weight: 8 },
    fc.constantFrom(undefined, null, "call"),
  );
  return fc.record(Object.fromEntries(names.map((name) => [name, method])), { requiredKeys: [] });
}

const arbitraryName = fc.oneof(
  { arbitrary: fc.constantFrom(...NAMES), weight: 40 },
  fc.constantFrom("pollIntervall", "sdk_key", "toString", "timeout"),
);

/** A few: with many of them something is always wrong. */
const arbitraryOptions = fc.array(fc.tuple(arbitraryName, arbitraryValue), { maxLength: 4 })
  .map((entries) => Object.fromEntries(entries) as Readonly<Record<string, unknown>>);

function resolve(options: object): Readonly<Record<string, unknown>> | ConfigurationError {
  try {
    const { core, handle } = resolveOptions(options as FeatureflipOptions, NO_ENV);
    return { ...core, ...handle };
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
}

/** The options that the schema finds fault with; `options` stands for one that there is not. */
function faultsOf(options: object): string[] {
  const { issues = [] } = v.safeParse(OptionsSchema, options);
  return issues.map((issue) => String(issue.path?.[0]?.key)).map((name) =>
    NAMES.includes(name) ? name : "options"
  );
}

describe("resolveOptions()", () => {
  it("refuses exactly what the schema refuses, and names it (contract §7)", () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(arbitraryOptions, (given) => {
        // What is checked together with others, or beyond its type, has tests of its own.
        const options = { ...given, sdkKey: "sdk-test", baseUrl: undefined, eventsUrl: undefined };
        const faults = faultsOf(options);
        const resolved = resolve(options);
        if (resolved instanceof ConfigurationError) {
          seen.refused++;
          if (faults.length > 0 || resolved.option !== "streaming") expect(faults).toContain(resolved.option);
          else expect(options).toMatchObject({ streaming: false, mode: "streaming" });
          return;
        }
        seen.accepted++;
        expect(faults).toEqual([]);
        for (const name of UNCHANGED) {
          if (given[name] === undefined || name === "defaultContext") continue;
          expect(resolved[name], name).toEqual(given[name]);
        }
      }),
      { numRuns: runs(3_000) },
    );
    expect(Math.min(seen.accepted, seen.refused), "both happen").toBeGreaterThan(300);
  }, PROPERTY_TIMEOUT);
});
