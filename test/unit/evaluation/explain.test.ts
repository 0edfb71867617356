import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FeatureflipClient } from "../../../mod.ts";
import type { EvaluationTrace } from "../../../mod.ts";
import { explainFlag } from "../../../src/store/flag-set.ts";
import { flag, rollout, segment, where } from "../../../src/testing/mod.ts";
import { arbitraryContext } from "../../support/arbitrary-context.ts";
import { arbitraryPrerequisiteGraph, arbitrarySnapshot } from "../../support/arbitrary-snapshot.ts";
import { PROPERTY_TIMEOUT, runs } from "../../support/runs.ts";
import { flagSetOf, wireFlag, wireSnapshot } from "../../support/wire.ts";
import type { WireSnapshot } from "../../support/wire.ts";

/** Checks a trace's result against its steps. */
function conclusion({ detail, prerequisites, rules, rollout }: EvaluationTrace): void {
  const [fault, rule] = [prerequisites.at(-1), rules.at(-1)];
  expect(prerequisites.slice(0, -1).every(({ matched }) => matched)).toBe(true);
  expect(rules.slice(0, -1).some(({ matched }) => matched)).toBe(false);
  for (const { groups, matched, segmentKey } of rules) {
    const holds = groups.every((group) => group.matched);
    // Where there are none: a rule without groups matches, one without a list of them or without its segment does not.
    if (groups.length > 0) expect(matched).toBe(holds);
    else if (segmentKey !== undefined) expect(matched).toBe(false);
    for (const { operator, conditions, matched } of groups) {
      if (conditions.length === 0) continue;
      const answers = conditions.map((condition) => condition.matched);
      expect(matched).toBe(operator === "Or" ? answers.includes(true) : !answers.includes(false));
    }
  }
  if (detail.reason === "RULE_MATCH") expect(rule).toMatchObject({ ruleId: detail.ruleId, matched: true });
  if (detail.reason === "FALLTHROUGH") expect(rule?.matched ?? false).toBe(false);
  if (detail.reason === "PREREQUISITE_FAILED") {
    expect(fault).toMatchObject({ flagKey: detail.prerequisiteKey, matched: false });
    expect(rules).toEqual([]);
  }
  if (rollout !== undefined) {
    let sum = 0;
    const { bucket = -1, shares } = rollout;
    const picked = shares.find(({ weight }) => (sum += weight) > bucket) ?? shares.at(-1)!;
    const served = rollout.bucket === undefined ? shares[0]! : picked;
    expect(detail.variationKey ?? "").toBe(served.variationKey);
  }
  for (const { trace } of prerequisites) if (trace !== undefined) conclusion(trace);
}

function explainsAll(snapshot: WireSnapshot, context: object): void {
  const flags = flagSetOf(snapshot);
  for (const key of flags.keys()) {
    const trace = explainFlag(flags, key, context as Record<string, unknown>);
    expect(trace.key).toBe(key);
    expect(trace.detail).toStrictEqual(flags.evaluate(key, context as Record<string, unknown>));
    conclusion(trace);
  }
  expect(explainFlag(flags, "ghost", {}).detail.reason).toBe("FLAG_NOT_FOUND");
}

describe("explain()", () => {
  it("agrees with evaluate(), by steps that lead to its result (contract §3.1)", () => {
    fc.assert(
      fc.property(arbitrarySnapshot, arbitraryContext, (snapshot, { context }) => {
        if (typeof context === "object" && context !== null) explainsAll(snapshot, context);
      }),
      { numRuns: runs(500) },
    );
  }, PROPERTY_TIMEOUT);

  it(
    "agrees with evaluate() on any graph of prerequisites, cycles included (contract §3.1)",
    () => {
      fc.assert(
        fc.property(arbitraryPrerequisiteGraph, (snapshot) => explainsAll(snapshot, { userId: "u" })),
        { numRuns: runs(500) },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it("explains each prerequisite once: a lattice takes as many steps as it has flags", () => {
    const width = 6;
    const layer = (n: number): string[] => Array.from({ length: width }, (_, index) => `l${n}-${index}`);
    const flags = Array.from({ length: 9 }, (_, n) =>
      layer(n).map((key) =>
        wireFlag(key, {
          prerequisites: (n === 0 ? [] : layer(n - 1)).map((prerequisiteFlagKey) => ({
            prerequisiteFlagKey,
            expectedVariationKey: "on",
          })),
        })
      )).flat();
    const trace = explainFlag(flagSetOf(wireSnapshot(flags)), "l8-0", {});
    const count = (trace: EvaluationTrace): number =>
      trace.prerequisites.reduce((sum, { trace }) => sum + (trace === undefined ? 0 : count(trace)), 1);
    expect(trace.detail.reason).toBe("FALLTHROUGH");
    expect(count(trace)).toBe(8 * width + 1);
  });

  /** A chain of flags, each of which needs the next: `f0`, `f1`, … */
  const chain = (length: number): WireSnapshot =>
    wireSnapshot(Array.from({ length }, (_, index) =>
      wireFlag(`f${index}`, {
        prerequisites: index === length - 1
          ? []
          : [{ prerequisiteFlagKey: `f${index + 1}`, expectedVariationKey: "on" }],
      })));
  const depthOf = (trace: EvaluationTrace): number =>
    trace.prerequisites.reduce((depth, { trace }) => Math.max(depth, trace ? 1 + depthOf(trace) : 0), 0);

  it("follows a chain of 10 prerequisites, and no further (contract §3.1)", () => {
    const whole = explainFlag(flagSetOf(chain(11)), "f0", {});
    expect(whole.detail.reason).toBe("FALLTHROUGH");
    expect(depthOf(whole)).toBe(10);
    const tooDeep = explainFlag(flagSetOf(chain(12)), "f0", {});
    expect(tooDeep.detail.error?.code).toBe("PREREQUISITE_DEPTH");
    expect(depthOf(tooDeep)).toBe(10);
    expect(tooDeep.prerequisites).toHaveLength(1);
    expect(tooDeep.prerequisites[0]).toMatchObject({ matched: false, trace: { rules: [] } });
    expect(tooDeep).not.toHaveProperty("rollout");
  });

  it("goes no deeper for a prerequisite that it knows, however deep it is met again (contract §3.1)", () => {
    /** `a0` needs `a1`, and so on; the last one needs `then`. */
    const chained = (name: string, length: number, then?: string): ReturnType<typeof wireFlag>[] =>
      Array.from({ length }, (_, index) => {
        const next = index < length - 1 ? `${name}${index + 1}` : then;
        const prerequisites = next === undefined
          ? []
          : [{ prerequisiteFlagKey: next, expectedVariationKey: "on" }];
        return wireFlag(`${name}${index}`, { prerequisites });
      });
    const needed = ["a0", "b0"].map((prerequisiteFlagKey) => ({
      prerequisiteFlagKey,
      expectedVariationKey: "on",
    }));
    const top = wireFlag("top", { prerequisites: needed });
    const set = flagSetOf(wireSnapshot([top, ...chained("a", 6), ...chained("b", 7, "a0")]));
    const reasons = ({ detail, prerequisites }: EvaluationTrace): string[] => [
      detail.reason,
      ...prerequisites.flatMap(({ trace }) => trace === undefined ? [] : reasons(trace)),
    ];
    expect(set.evaluate("top", {})?.reason).toBe("FALLTHROUGH");
    expect(reasons(explainFlag(set, "top", {}))).toEqual(Array.from({ length: 14 }, () => "FALLTHROUGH"));
  });

  it("names a prerequisite that was explained before without a trace (contract §3.1)", () => {
    const base = { prerequisiteFlagKey: "base", expectedVariationKey: "on" };
    const middle = { prerequisiteFlagKey: "middle", expectedVariationKey: "on" };
    const set = flagSetOf(wireSnapshot([
      wireFlag("top", { prerequisites: [middle, base, middle] }),
      wireFlag("middle", { prerequisites: [base] }),
      wireFlag("base"),
    ]));
    const plain = { prerequisites: [], rules: [] };
    const on = { value: true, reason: "FALLTHROUGH", variationKey: "on" };
    const met = { expectedVariationKey: "on", servedVariationKey: "on", matched: true };
    expect(explainFlag(set, "top", {})).toStrictEqual({
      key: "top",
      detail: on,
      prerequisites: [
        {
          flagKey: "middle",
          ...met,
          trace: {
            key: "middle",
            detail: on,
            prerequisites: [{ flagKey: "base", ...met, trace: { key: "base", detail: on, ...plain } }],
            rules: [],
          },
        },
        { flagKey: "base", ...met },
        { flagKey: "middle", ...met },
      ],
      rules: [],
    });
  });

  it("leaves out what does not exist or was not served (contract §3.1)", () => {
    const needs = (flagKey: string, expectedVariationKey = "on") =>
      wireFlag("f", { prerequisites: [{ prerequisiteFlagKey: flagKey, expectedVariationKey }] });
    const failed = { value: false, reason: "PREREQUISITE_FAILED", variationKey: "off" };
    expect(explainFlag(flagSetOf(wireSnapshot([needs("ghost")])), "f", {})).toStrictEqual({
      key: "f",
      detail: { ...failed, prerequisiteKey: "ghost" },
      prerequisites: [{ flagKey: "ghost", expectedVariationKey: "on", matched: false }],
      rules: [],
    });
    const silent = wireFlag("silent", { enabled: false, offVariation: null });
    expect(explainFlag(flagSetOf(wireSnapshot([needs("silent"), silent])), "f", {})).toStrictEqual({
      key: "f",
      detail: { ...failed, prerequisiteKey: "silent" },
      prerequisites: [{
        flagKey: "silent",
        expectedVariationKey: "on",
        matched: false,
        trace: {
          key: "silent",
          detail: { value: undefined, reason: "FLAG_DISABLED" },
          prerequisites: [],
          rules: [],
        },
      }],
      rules: [],
    });
    // A variation without a key is expected by the empty one.
    expect(explainFlag(flagSetOf(wireSnapshot([needs("silent", ""), silent])), "f", {})!.prerequisites[0])
      .toMatchObject({ matched: true });
  });

  it("leaves out the bucket without a user id, and the segment of a rule that has none (contract §3.6)", () => {
    const variations = [{ key: "off", weight: 50 }, { key: "on", weight: 50 }];
    const rules = [
      { id: "own", conditionGroups: [], serve: { type: "Rollout", salt: "s", variations } },
    ];
    const trace = explainFlag(flagSetOf(wireSnapshot([wireFlag("f", { rules })])), "f", {})!;
    expect(trace.rules).toStrictEqual([{ ruleId: "own", groups: [], matched: true }]);
    expect(trace.rollout).toStrictEqual({
      bucketBy: "userId",
      value: "",
      salt: "s",
      shares: [{ variationKey: "off", weight: 50 }, { variationKey: "on", weight: 50 }],
    });
  });
});

describe("FeatureflipClient.explain()", () => {
  const beta = segment("beta", where("email", "EndsWith", "@example.com"));
  const tier = flag("tier", { free: "free", pro: "pro" })
    .when([where("plan", "In", "pro", "team"), where("seats", "GreaterThan", 10)], "pro")
    .whenSegment("beta", rollout({ free: 50, pro: 50 }, { salt: "s" }))
    .otherwise("free");

  it("shows what each condition compared and how the rollout picked", async () => {
    const client = new FeatureflipClient({ mode: "offline", bootstrap: { flags: [tier], segments: [beta] } });
    const context = { user_id: "u-1", email: "ada@example.com", plan: "pro", seats: 5 };
    const trace = client.explain("tier", context);
    expect(trace.detail).toEqual(client.variationDetail("tier", context, undefined));
    expect(trace.rules).toStrictEqual([
      {
        ruleId: expect.any(String),
        matched: false,
        groups: [{
          operator: "And",
          matched: false,
          conditions: [
            {
              attribute: "plan",
              operator: "In",
              values: ["pro", "team"],
              negate: false,
              actual: "pro",
              matched: true,
            },
            {
              attribute: "seats",
              operator: "GreaterThan",
              values: ["10"],
              negate: false,
              actual: 5,
              matched: false,
            },
          ],
        }],
      },
      {
        ruleId: expect.any(String),
        segmentKey: "beta",
        matched: true,
        groups: [{
          operator: "And",
          matched: true,
          conditions: [{
            attribute: "email",
            operator: "EndsWith",
            values: ["@example.com"],
            negate: false,
            actual: "ada@example.com",
            matched: true,
          }],
        }],
      },
    ]);
    expect(trace.rollout).toStrictEqual({
      bucketBy: "userId",
      value: "u-1",
      salt: "s",
      bucket: expect.any(Number),
      shares: [{ variationKey: "free", weight: 50 }, { variationKey: "pro", weight: 50 }],
    });
    await client.close();
  });

  it("records no event, calls no inspector and logs no warning", async () => {
    const calls: unknown[] = [];
    const logger = { debug() {}, info() {}, warn: (line: string) => calls.push(line), error() {} };
    const client = new FeatureflipClient({
      mode: "offline",
      bootstrap: { flags: [tier], segments: [] },
      inspectors: [(event) => calls.push(event)],
      logger,
    });
    client.explain("tier", { plan: "pro" });
    client.explain("no-such-flag", {});
    expect(client.explain("no-such-flag", {}).detail.reason).toBe("FLAG_NOT_FOUND");
    expect(calls).toEqual([]);
    expect(client.status.events.waiting).toBe(0);
    await client.close();
    expect(client.explain("tier", {}).detail.error?.code).toBe("CLIENT_CLOSED");
  });

  it("never throws, whatever it is given as a context (contract §3.2)", async () => {
    const client = new FeatureflipClient({ mode: "offline", bootstrap: { flags: [tier], segments: [beta] } });
    const hostile = new Proxy({}, {
      get() {
        throw new Error("no");
      },
    });
    for (const context of [null, undefined, hostile, Object.create(null) as object, []]) {
      expect(client.explain("tier", context).detail.reason).toBe("FALLTHROUGH");
    }
    await client.close();
  });

  it("answers for a client that has no flags yet", () => {
    const client = new FeatureflipClient({ mode: "offline" });
    expect(client.explain("tier", {}).detail).toEqual(client.variationDetail("tier", {}, undefined));
  });

  it("explains a test client's values", () => {
    const client = FeatureflipClient.forTesting({ on: true });
    expect(client.explain("on", {})).toMatchObject({ key: "on", detail: { value: true }, rules: [] });
  });
});
