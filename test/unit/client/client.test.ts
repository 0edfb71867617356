import { describe, expect, it } from "vitest";
import type { FeatureflipClient } from "../../../src/client/client.ts";
import type { ContextClient } from "../../../src/client/context-client.ts";
import type { VariationOptions } from "../../../src/client/options.ts";
import type { JsonValue } from "../../../src/contract/wire.ts";
import type { EvaluationContext } from "../../../src/evaluation/evaluation-context.ts";
import type { EvaluationDetail } from "../../../src/evaluation/outcome.ts";
import { createFixture } from "../../support/client-fixture.ts";
import { SNAPSHOT } from "../../support/client-flags.ts";
import { fixed, wireFlag, wireSnapshot } from "../../support/wire.ts";

async function readyClient(): Promise<FeatureflipClient> {
  const { connect } = createFixture({ snapshot: SNAPSHOT });
  const client = connect();
  await client.waitForInitialization();
  return client;
}

/** A detail without the error itself, and with its code. */
function shown({ error, ...detail }: EvaluationDetail<unknown>): unknown {
  return { ...detail, ...(error && { code: error.code }) };
}

describe("variation()", () => {
  it("reads like the typed accessor of a boolean, string or number default (contract §3.1)", async () => {
    const client = await readyClient();
    expect(client.variation("bool", {}, false)).toBe(true);
    expect(client.variation("text", {}, "free")).toBe("pro");
    expect(client.variation("number", {}, 7)).toBe(0);
    for (const key of ["text", "number", "json", "nil"]) expect(client.variation(key, {}, false)).toBe(false);
    for (const key of ["bool", "number", "list", "nil"]) {
      expect(client.variation(key, {}, "free")).toBe("free");
    }
    for (const key of ["bool", "text", "json", "nil"]) expect(client.variation(key, {}, 7)).toBe(7);
    await client.close();
  });

  it("checks nothing for any other default (contract §3.1)", async () => {
    const client = await readyClient();
    for (const defaultValue of [null, undefined, {}, []]) {
      expect(client.variation("bool", {}, defaultValue)).toBe(true);
      expect(client.variation("json", {}, defaultValue)).toEqual({ items: [1] });
      expect(client.variation("nil", {}, defaultValue)).toBe(defaultValue);
      expect(client.variation("missing", {}, defaultValue)).toBe(defaultValue);
    }
    await client.close();
  });

  it("takes any context there is, and none (contract §3.2)", async () => {
    const client = await readyClient();
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const cyclic: Record<string, unknown> = { plan: "pro" };
    cyclic.self = cyclic;
    const contexts: unknown[] = [
      null,
      undefined,
      "pro",
      7,
      true,
      Symbol("pro"),
      () => {},
      [],
      revoked.proxy,
      Object.create(null),
      { plan: Symbol("pro") },
      { plan: Object.create(null) },
      { plan: { toString: () => ({}) } },
      {
        get plan(): never {
          throw new Error("no");
        },
      },
    ];
    for (const context of contexts) {
      expect(client.variation("for-pro", context as EvaluationContext, true)).toBe(false);
    }
    expect(client.variation("for-pro", cyclic, false)).toBe(true);
    expect(client.variation("for-pro", Object.assign(Object.create(null), { plan: "PRO" }), false)).toBe(
      true,
    );
    await client.close();
  });

  it("takes any key there is", async () => {
    const client = await readyClient();
    for (const key of [undefined, null, 7, Symbol("key"), {}, ""]) {
      expect(client.variation(key as string, {}, "default")).toBe("default");
    }
    expect(client.variation("toString", {}, "default")).toBe("default");
    expect(client.variation("__proto__", {}, "default")).toBe("polluted?");
    expect(client.variation("constructor", {}, "default")).toBe("built");
    await client.close();
  });

  it("throws at no options there are: what they can't tell holds by default (contract §3)", async () => {
    const client = await readyClient();
    const throwing = {
      get track(): never {
        throw new Error("no");
      },
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const options of [throwing, proxy, null, 7] as VariationOptions[]) {
      expect(client.variation("bool", {}, false, options)).toBe(true);
      expect(client.variationDetail("bool", {}, false, options).value).toBe(true);
      expect(client.forContext({}).variation("bool", false, options)).toBe(true);
      expect(client.forContext({}).variationDetail("bool", false, options).value).toBe(true);
    }
    expect(client.status.events.waiting, "of variation(), not of variationDetail()").toBe(8);
    await client.close();
  });

  it("widens the type of its default", async () => {
    const client = await readyClient();
    // These are checked by the compiler: a type that is too narrow or too wide does not compile.
    const bool: Same<ReturnType<typeof boolOf>, boolean> = true;
    const text: Same<ReturnType<typeof textOf>, string> = true;
    const number: Same<ReturnType<typeof numberOf>, number> = true;
    const nothing: Same<ReturnType<typeof nothingOf>, unknown> = true;
    const object: Same<ReturnType<typeof objectOf>, { readonly a: number } | null> = true;
    const json: Same<ReturnType<typeof jsonOf>, { readonly a: number }> = true;
    const bound: Same<ReturnType<typeof boundOf>, EvaluationDetail<number>> = true;
    const all: Same<ReturnType<FeatureflipClient["allFlags"]>, Record<string, JsonValue>> = true;
    function boolOf() {
      return client.variation("bool", {}, false);
    }
    function textOf() {
      return client.jsonVariation("text", {}, "free" as const);
    }
    function numberOf() {
      return client.variationDetail("number", {}, 7 as const).value;
    }
    function nothingOf() {
      return client.jsonVariation("json", {}, null);
    }
    function objectOf() {
      return client.variation<{ a: number } | null>("json", {}, null);
    }
    function jsonOf() {
      return client.jsonVariation("missing", {}, { a: 1 });
    }
    function boundOf() {
      return client.forContext({}).variationDetail("number", 7);
    }
    expect([bool, text, number, nothing, object, json, bound, all]).toEqual(Array(8).fill(true));
    expect([boolOf(), textOf(), numberOf(), nothingOf(), jsonOf()]).toEqual([true, "pro", 0, { items: [1] }, {
      a: 1,
    }]);
    expect([objectOf(), boundOf().value]).toEqual([{ items: [1] }, 0]);
    await client.close();
  });
});

/** `true` for one and the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

describe("typed accessors", () => {
  it("serve the default and say why where the value is of another type (contract §3.1)", async () => {
    const { connect, logger } = createFixture({ snapshot: SNAPSHOT });
    const client = connect();
    await client.waitForInitialization();
    expect(client.boolVariation("bool", {}, false)).toBe(true);
    expect(client.stringVariation("text", {}, "free")).toBe("pro");
    expect(client.numberVariation("number", {}, 7)).toBe(0);
    expect(client.jsonVariation("nil", {}, "fallback")).toBe("fallback");
    expect(client.jsonVariation<unknown>("bool", {}, "fallback")).toBe(true);
    expect(logger.lines).toEqual([]);

    expect(client.boolVariation("text", {}, false)).toBe(false);
    expect(client.boolVariation("text", {}, true)).toBe(true);
    expect(client.stringVariation("bool", {}, "free")).toBe("free");
    expect(client.numberVariation("nil", {}, 7)).toBe(7);
    expect(logger.lines).toEqual([
      `warn: Flag "text" serves a string, but the caller expects a boolean`,
      `warn: Flag "bool" serves a boolean, but the caller expects a string`,
      `warn: Flag "nil" serves null, but the caller expects a number`,
    ]);
    await client.close();
  });
});

describe("variationDetail()", () => {
  const cases: [string, unknown, unknown][] = [
    ["bool", false, { value: true, reason: "FALLTHROUGH", variationKey: "v" }],
    ["missing", 1, { value: 1, reason: "FLAG_NOT_FOUND" }],
    ["off", "d", { value: "off-value", reason: "FLAG_DISABLED", variationKey: "v" }],
    ["nil", {}, { value: {}, reason: "FALLTHROUGH", variationKey: "v" }],
    ["nil", "d", { value: "d", reason: "ERROR", variationKey: "v", code: "TYPE_MISMATCH" }],
    ["empty", 5, { value: 5, reason: "FALLTHROUGH" }],
    ["ghost", 5, { value: 5, reason: "ERROR", variationKey: "gone", code: "VARIATION_NOT_FOUND" }],
    ["text", 5, { value: 5, reason: "ERROR", variationKey: "v", code: "TYPE_MISMATCH" }],
    ["unmet", "d", {
      value: "unmet-value",
      reason: "PREREQUISITE_FAILED",
      variationKey: "v",
      prerequisiteKey: "off",
    }],
    ["circle", "d", {
      value: "circle-value",
      reason: "ERROR",
      variationKey: "v",
      code: "PREREQUISITE_DEPTH",
    }],
    ["for-pro", true, { value: false, reason: "FALLTHROUGH", variationKey: "off" }],
    ["by-segment", true, { value: true, reason: "FALLTHROUGH", variationKey: "on" }],
  ];
  it.each(cases)("tells of flag %s with default %j (contract §3.1)", async (key, defaultValue, expected) => {
    const client = await readyClient();
    expect(shown(client.variationDetail(key, {}, defaultValue))).toEqual(expected);
    expect(shown(client.forContext({}).variationDetail(key, defaultValue))).toEqual(expected);
    await client.close();
  });

  it("names the rule that matched", async () => {
    const client = await readyClient();
    expect(shown(client.variationDetail("by-segment", { plan: "pro" }, true))).toEqual({
      value: false,
      reason: "RULE_MATCH",
      ruleId: "in-beta",
      variationKey: "off",
    });
    await client.close();
  });

  it("is frozen, with the value that it holds (contract §2.1)", async () => {
    const client = await readyClient();
    for (const { key } of SNAPSHOT.flags) {
      for (const defaultValue of [false, "d", 1, null]) {
        expect(Object.isFrozen(client.variationDetail(key, {}, defaultValue)), key).toBe(true);
      }
    }
    const value = client.jsonVariation("json", {}, { items: [0] });
    expect(() => (value.items as number[]).push(2)).toThrow(TypeError);
    await client.close();
  });

  it("is an error without flags, and once closed (contract §3.1)", async () => {
    const { connect, logger, scheduler } = createFixture();
    const client = connect({ mode: "manual" });
    const bound = client.forContext({});
    const notReady = { value: 1, reason: "ERROR", code: "CLIENT_NOT_READY" };
    expect(shown(client.variationDetail("dark-mode", {}, 1))).toEqual(notReady);
    expect(shown(bound.variationDetail("dark-mode", 1))).toEqual(notReady);
    expect(client.allFlags({})).toEqual({});
    await client.refresh();
    expect(bound.variation("dark-mode", false)).toBe(true);
    await client.close();
    const closed = { value: 1, reason: "ERROR", code: "CLIENT_CLOSED" };
    expect(shown(client.variationDetail("dark-mode", {}, 1))).toEqual(closed);
    expect(shown(bound.variationDetail("dark-mode", 1))).toEqual(closed);
    expect(client.allFlags({})).toEqual({});
    expect(bound.allFlags()).toEqual({});
    expect(client.isInitialized).toBe(false);
    expect(logger.lines).toEqual([
      "warn: No flags have arrived yet: evaluations return their defaults",
      "warn: The client is closed: evaluations return their defaults",
    ]);
    expect(scheduler.armed).toBe(0);
  });
});

describe("allFlags()", () => {
  it("holds every flag that serves a value, in a plain object (contract §2.1)", async () => {
    const client = await readyClient();
    const values = client.allFlags({ plan: "pro" });
    expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
    expect(values).toStrictEqual({
      "bool": true,
      "text": "pro",
      "number": 0,
      "json": { items: [1] },
      "list": [1],
      "off": "off-value",
      "prerequisite": "on",
      "unmet": "unmet-value",
      "circle": "circle-value",
      "for-pro": true,
      "by-segment": false,
      ["__proto__"]: "polluted?",
      "constructor": "built",
    });
    expect(JSON.parse(JSON.stringify(values))).toHaveProperty("text", "pro");
    expect(structuredClone(client.allFlags({}))).toStrictEqual(client.allFlags({}));
    expect(`${client.allFlags({})}`, "a key called toString").toBe("[object Object]");
    expect(Object.hasOwn(values, "__proto__") && Object.hasOwn(values, "constructor")).toBe(true);
    await client.close();
  });
});

describe("forContext()", () => {
  it("binds a context to every method", async () => {
    const client = await readyClient();
    const flags: ContextClient = client.forContext({ plan: "pro" });
    expect(flags.context).toEqual({ plan: "pro" });
    expect(flags.variation("for-pro", false)).toBe(true);
    expect(flags.boolVariation("by-segment", true)).toBe(false);
    expect(flags.stringVariation("text", "free")).toBe("pro");
    expect(flags.numberVariation("number", 7)).toBe(0);
    expect(flags.jsonVariation<unknown>("json", null)).toEqual({ items: [1] });
    expect({ ...flags.allFlags() }).toEqual({ ...client.allFlags({ plan: "pro" }) });
    const { variation } = flags;
    expect(variation("for-pro", false), "without its object").toBe(true);
    await client.close();
  });

  it("sees one version of the world, across an update (design: forContext pins a snapshot)", async () => {
    const { connect, scheduler, service } = createFixture();
    const client = connect();
    await client.waitForInitialization();
    const before = client.forContext({});
    service.sync(wireSnapshot([wireFlag("dark-mode", { fallthrough: fixed("off") }), wireFlag("new")]));
    await scheduler.advance(0);
    expect(client.variation("dark-mode", {}, true)).toBe(false);
    expect(before.variation("dark-mode", false)).toBe(true);
    expect(before.variationDetail("new", false).reason).toBe("FLAG_NOT_FOUND");
    expect({ ...before.allFlags() }).toEqual({ "dark-mode": true });
    expect(client.forContext({}).variation("dark-mode", true)).toBe(false);
    await client.close();
  });

  it("pins the first flags there are", async () => {
    const { connect, scheduler, service } = createFixture();
    const client = connect();
    const bound = client.forContext({});
    expect(bound.variation("dark-mode", false)).toBe(false);
    await client.waitForInitialization();
    expect(bound.variation("dark-mode", false)).toBe(true);
    service.sync(wireSnapshot([]));
    await scheduler.advance(0);
    expect(bound.variation("dark-mode", false)).toBe(true);
    await client.close();
  });
});

describe("FeatureflipClient", () => {
  it("survives a logger that throws", async () => {
    const fail = (): never => {
      throw new Error("disk full");
    };
    const { connect } = createFixture({ snapshot: SNAPSHOT });
    const client = connect({ logger: { debug: fail, info: fail, warn: fail, error: fail } });
    expect(client.variation("text", {}, 1)).toBe(1);
    await client.waitForInitialization();
    expect(client.variation("text", {}, 1)).toBe(1);
    expect(connect({ maxAge: 5 }).variation("bool", {}, false)).toBe(true);
    await client.close();
  });
});
