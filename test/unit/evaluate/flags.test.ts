import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FeatureflipClient, PayloadError as ClientPayloadError } from "../../../mod.ts";
import type { SnapshotInput } from "../../../mod.ts";
import { explain, Flags, PayloadError } from "../../../src/evaluate/mod.ts";
import { flag, where } from "../../../src/testing/mod.ts";
import { arbitraryContext } from "../../support/arbitrary-context.ts";
import { arbitraryPrerequisiteGraph, arbitrarySnapshot } from "../../support/arbitrary-snapshot.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { PROPERTY_TIMEOUT, runs } from "../../support/runs.ts";

const DEFAULTS = [false, "none", 0, null, undefined, { a: 1 }] as const;

/** Checks that flags and a client that have the same snapshot agree on everything. */
async function agrees(snapshot: SnapshotInput, contexts: readonly unknown[]): Promise<void> {
  const logger = createRecordingLogger();
  const client = new FeatureflipClient({ mode: "offline", bootstrap: snapshot, logger });
  const flags = new Flags(snapshot, { logger });
  for (const context of contexts as readonly object[]) {
    // Not strictly: that compares what is called `constructor`.
    expect(flags.allFlags(context)).toEqual(client.allFlags(context));
    for (const key of [...snapshot.flags.map((flag) => flag.key), "ghost"]) {
      for (const byDefault of DEFAULTS) {
        const detail = flags.variationDetail(key, context, byDefault);
        expect(detail).toStrictEqual(client.variationDetail(key, context, byDefault));
        expect(Object.isFrozen(detail)).toBe(true);
        expect(flags.variation(key, context, byDefault)).toBe(detail.value);
      }
      expect(explain(flags, key, context)).toStrictEqual(client.explain(key, context));
    }
  }
  await client.close();
}

describe("Flags", () => {
  it("agrees with a client on any snapshot and context (contract §3)", async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitrarySnapshot,
        fc.array(arbitraryContext.map(({ context }) => context), { minLength: 1, maxLength: 3 }),
        agrees,
      ),
      { numRuns: runs(200) },
    );
  }, PROPERTY_TIMEOUT);

  it("agrees with a client on any graph of prerequisites (contract §3.1)", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryPrerequisiteGraph, (snapshot) => agrees(snapshot, [{ userId: "u" }])),
      { numRuns: runs(200) },
    );
  }, PROPERTY_TIMEOUT);

  it("agrees with a client on what is not a context (contract §3)", async () => {
    const tier = flag("tier", { free: "free", pro: "pro" }).when(where("plan", "Equals", "pro"), "pro")
      .otherwise("free");
    await agrees({ flags: [tier], segments: [] }, [null, undefined, "u-123", 7, true, () => ({}), []]);
  });

  it("refuses what is not a snapshot with the path (contract §2.1)", () => {
    const snapshot = { flags: [{ ...flag("f"), enabled: "yes" }] } as unknown as SnapshotInput;
    expect(() => new Flags(snapshot)).toThrow(
      new PayloadError("flags[0].enabled", 'must be true or false, but is "yes"'),
    );
    expect(() => new Flags(snapshot)).toThrow(ClientPayloadError);
    expect(() => new Flags(null as unknown as SnapshotInput)).toThrow("the payload must be an object");
  });

  it("copies values, and keeps the caller's as they were", () => {
    const value = { limits: [1, 2] };
    const flags = new Flags({
      flags: [flag("f", { a: value, b: null }).otherwise("a")],
      segments: [],
    });
    value.limits.push(3);
    expect(flags.variation("f", {}, null)).toEqual({ limits: [1, 2] });
    expect(flags.allFlags({})).toEqual({ f: { limits: [1, 2] } });
    expect(Object.isFrozen(value)).toBe(false);
  });

  it.each<[unknown]>([
    [{ loger: console }],
    [{ logger: {} }],
    [{ logger: null }],
    [null],
    [[]],
    [7],
    [Promise.resolve({})],
    [() => {}],
  ])("refuses the options %j", (options) => {
    expect(() => new Flags({ flags: [], segments: [] }, options as object)).toThrow(
      new TypeError("Cannot create Flags: the only option is 'logger', an object with a function warn"),
    );
  });

  it("logs each warning once", () => {
    const logger = createRecordingLogger();
    const broken = flag("f").when(where("email", "MatchesRegex", "("), "on");
    const flags = new Flags({ flags: [broken, broken], segments: [] }, { logger });
    for (let index = 0; index < 3; index++) flags.variation("f", { email: "a@b.c" }, false);
    expect(logger.lines).toEqual([
      'warn: Several flags have the key "f": using the last one',
      'warn: Cannot compile pattern "(": it matches nothing',
    ]);
  });
});
