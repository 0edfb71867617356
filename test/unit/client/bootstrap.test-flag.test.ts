import { describe, expect, it } from "vitest";
import { FeatureflipClient } from "../../../src/client/client.ts";
import type { InspectedEvaluation } from "../../../src/events/inspectors.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { createFixture, rejection } from "../../support/client-fixture.ts";
import { until } from "../../support/until.ts";

describe("forTesting()", () => {
  it("serves the same values to everybody", async () => {
    const flags = { on: true, tier: "pro", limit: 5, config: { a: [1] }, nil: null };
    const client = FeatureflipClient.forTesting(flags, { logger: createRecordingLogger() });
    for (const context of [{ user_id: "u1" }, {}, null, undefined]) {
      expect(client.variation("on", context, false)).toBe(true);
      expect(client.stringVariation("tier", context, "free")).toBe("pro");
      expect(client.numberVariation("limit", context, 1)).toBe(5);
      expect(client.jsonVariation<unknown>("config", context, null)).toEqual({ a: [1] });
      expect(client.jsonVariation("nil", context, "default")).toBe("default");
      expect(client.variation("missing", context, "default")).toBe("default");
    }
    expect(client.variationDetail("on", {}, false)).toMatchObject({ value: true, reason: "FALLTHROUGH" });
    expect({ ...client.allFlags({}) }).toEqual({ on: true, tier: "pro", limit: 5, config: { a: [1] } });
    await client.close();
    expect(client.variation("on", {}, false)).toBe(false);
  });

  it("copies its values, and freezes the copies", async () => {
    const given = { config: { items: [1] } };
    const client = FeatureflipClient.forTesting(given);
    given.config.items.push(2);
    const value = client.jsonVariation("config", {}, { items: [0] });
    expect(value).toEqual({ items: [1] });
    expect(() => (value.items as number[]).push(3)).toThrow(TypeError);
    await client.close();
  });

  it("takes keys named like members of Object.prototype", async () => {
    const client = FeatureflipClient.forTesting(JSON.parse(`{"__proto__":"a","constructor":"b"}`));
    expect(client.variation("__proto__", {}, "")).toBe("a");
    expect(client.variation("constructor", {}, "")).toBe("b");
    expect(client.variation("toString", {}, "default")).toBe("default");
    await client.close();
  });

  it("is ready at once, and has nothing to fetch, to send or to wait for", async () => {
    const client = FeatureflipClient.forTesting({ on: true });
    expect(client.isInitialized).toBe(true);
    await client.waitForInitialization();
    await client.refresh();
    client.track("bought", {});
    client.variation("on", {}, false);
    await client.flush();
    expect(client.status).toEqual({
      state: "READY",
      isClosed: false,
      mode: "test",
      source: "test",
      version: 1,
      age: 0,
      requestsInLastMinute: 0,
      events: {
        sent: 0,
        waiting: 0,
        shed: { repeats: 0, evaluations: 0, others: 0 },
        dropped: { rejected: 0, closed: 0 },
      },
    });
    await client.close();
    await client.close();
    expect(client.isInitialized).toBe(false);
    expect((await rejection(client.waitForInitialization())).message).toContain("closed");
  });

  it("notifies inspectors and loggers", async () => {
    const seen: InspectedEvaluation[] = [];
    const logger = createRecordingLogger();
    const client = FeatureflipClient.forTesting({ on: true }, {
      inspectors: [(event) => void seen.push(event)],
      logger,
    });
    client.variation("on", { user_id: "u1" }, false);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ flagKey: "on", value: true, context: { user_id: "u1" } });
    for (let time = 0; time < 3; time++) client.variation("on", {}, "text");
    expect(logger.lines).toEqual([`warn: Flag "on" serves a boolean, but the caller expects a string`]);
    await client.close();
  });

  it("refuses values that are no JSON", () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    for (
      const value of [undefined, () => {}, Symbol("s"), 1n, Number.NaN, Number.POSITIVE_INFINITY, cyclic]
    ) {
      expect(() => FeatureflipClient.forTesting({ flag: value })).toThrow(TypeError);
    }
  });
});

describe("setTestValue()", () => {
  it("sets what is served from now on, and notifies listeners", async () => {
    const client = FeatureflipClient.forTesting({ limit: 100 });
    const updates: (readonly string[])[] = [];
    client.on("update", (keys) => void updates.push(keys));
    const bound = client.forContext({});
    client.setTestValue("limit", 5);
    client.setTestValue("limit", 5);
    client.setTestValue("new", true);
    expect([client.variation("limit", {}, 1), client.variation("new", {}, false)]).toEqual([5, true]);
    expect(bound.variation("limit", 1), "pinned").toBe(100);
    await until(() => updates.length === 2); // on Bun, listeners are called by a later task (runtime/async-context.ts)
    expect(updates).toEqual([["limit"], ["new"]]);
    expect(() => client.setTestValue("limit", Number.NaN)).toThrow(TypeError);
    expect(client.variation("limit", {}, 1)).toBe(5);
    await client.close();
  });

  it("exists on test clients only", async () => {
    const { connect } = createFixture();
    const client = connect({ mode: "manual" });
    // @ts-expect-error: not a test client
    expect(client.setTestValue).toBeUndefined();
    expect(Object.keys(FeatureflipClient.forTesting())).toEqual([]);
    await client.close();
  });
});
