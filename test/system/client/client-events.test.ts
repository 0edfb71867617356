import { describe, expect, it } from "vitest";
import type { FeatureflipClient } from "../../../src/client/client.ts";
import type { FeatureflipOptions } from "../../../src/client/options.ts";
import type { SdkEvent } from "../../../src/contract/wire.ts";
import type { InspectedEvaluation } from "../../../src/events/inspectors.ts";
import { createFixture, createRequestFixture } from "../../support/client-fixture.ts";
import { fixed, wireFlag, wireSnapshot } from "../../support/wire.ts";

const SNAPSHOT = wireSnapshot([
  wireFlag("a"),
  wireFlag("off", { enabled: false }),
  wireFlag("unmet", { prerequisites: [{ prerequisiteFlagKey: "off", expectedVariationKey: "on" }] }),
  wireFlag("ruled", { rules: [{ id: "r1", conditionGroups: [], serve: fixed("off") }] }),
]);

/** The events that `act` has a ready client record. */
async function eventsOf(
  act: (client: FeatureflipClient) => void,
  options: FeatureflipOptions = {},
): Promise<SdkEvent[]> {
  const { connect, service } = createFixture({ snapshot: SNAPSHOT });
  const client = connect(options);
  await client.waitForInitialization();
  act(client);
  await client.close();
  return service.events;
}

describe("analytics events", () => {
  it("are recorded by variation() and the typed accessors, unknown flags included (contract §5)", async () => {
    const events = await eventsOf((client) => {
      const user = { user_id: "u1" };
      const bound = client.forContext(user);
      client.variation("a", user, false);
      client.boolVariation("a", user, false);
      client.stringVariation("missing", user, "");
      client.numberVariation("a", user, 0);
      client.jsonVariation("off", user, null);
      client.stringVariation("unmet", user, "");
      bound.variation("unmet", false);
      bound.boolVariation("a", false);
    });
    const timestamp = "2026-01-01T00:00:00.000Z";
    const event = (flagKey: string, rest: object) => ({
      type: "Evaluation",
      flagKey,
      userId: "u1",
      timestamp,
      ...rest,
    });
    expect(events).toEqual([
      event("a", { variation: "on" }),
      event("a", { variation: "on" }),
      event("missing", {}),
      event("a", { variation: "on" }),
      event("off", { variation: "off" }),
      event("unmet", { variation: "off", prerequisiteKey: "off" }), // also when the caller's default takes its place
      event("unmet", { variation: "off", prerequisiteKey: "off" }),
      event("a", { variation: "on" }),
    ]);
  });

  it("are recorded or not as the option 'track' says, and by variationDetail() only with it (contract §5)", async () => {
    const events = await eventsOf((client) => {
      const bound = client.forContext({});
      client.variation("a", {}, false, { track: false });
      client.boolVariation("a", {}, false, { track: false });
      client.stringVariation("a", {}, "", { track: false });
      client.numberVariation("a", {}, 0, { track: false });
      client.jsonVariation("a", {}, null, { track: false });
      bound.variation("a", false, { track: false });
      client.variationDetail("a", {}, false);
      bound.variationDetail("a", false);
      client.allFlags({});
      bound.allFlags();
      expect(client.status.events.waiting).toBe(0);
      client.variation("a", {}, false, { track: undefined });
      client.variationDetail("ruled", {}, false, { track: true });
      bound.variationDetail("off", false, { track: true });
    });
    expect(events.map(({ flagKey }) => flagKey)).toEqual(["a", "ruled", "off"]);
  });

  it("carry the user id as text, user_id first, and none when it is absent (contract §5)", async () => {
    const contexts = [
      { user_id: "u1" },
      { userId: "u2" },
      { user_id: "u1", userId: "u2" },
      { user_id: null, userId: 42 },
      { user_id: true },
      {},
      null,
      { user_id: Symbol("u") },
      { user_id: "" },
    ];
    const events = await eventsOf((client) => {
      for (const context of contexts) client.variation("a", context, false);
    });
    expect(events.map(({ userId }) => userId)).toEqual([
      "u1",
      "u2",
      "u1",
      "42",
      "true",
      undefined,
      undefined,
      undefined,
      "",
    ]);
    expect(Object.keys(events[5]!)).not.toContain("userId");
  });

  it("carry what track() and identify() are given, over the default context (contract §5)", async () => {
    const events = await eventsOf((client) => {
      const metadata = { amount: 9.5 };
      client.track("bought", { user_id: "u1" }, metadata);
      metadata.amount = 0;
      client.track("seen", null);
      client.identify({ user_id: "u1", plan: "pro", email: "a@b.c" });
      client.forContext({ userId: "u2" }).track("left", { reason: "bored" });
      client.forContext({ userId: "u2" }).identify();
    }, { defaultContext: { country: "DE", user_id: "anonymous" }, privateAttributes: ["email"] });
    const timestamp = "2026-01-01T00:00:00.000Z";
    expect(events).toEqual([
      { type: "Custom", flagKey: "bought", userId: "u1", timestamp, metadata: { amount: 9.5 } },
      { type: "Custom", flagKey: "seen", userId: "anonymous", timestamp },
      {
        type: "Identify",
        flagKey: "$identify",
        userId: "u1",
        timestamp,
        metadata: { country: "DE", plan: "pro" },
      },
      { type: "Custom", flagKey: "left", userId: "u2", timestamp, metadata: { reason: "bored" } },
      { type: "Identify", flagKey: "$identify", userId: "u2", timestamp, metadata: { country: "DE" } },
    ]);
  });

  it("are not recorded of evaluations without flags, nor of anything once closed (contract §5)", async () => {
    const { connect, service } = createFixture();
    const client = connect({ mode: "manual" });
    const bound = client.forContext({});
    client.variation("dark-mode", {}, false);
    client.variationDetail("dark-mode", {}, false, { track: true });
    expect(client.status.events.waiting).toBe(0);
    client.track("before", {});
    expect(client.status.events.waiting).toBe(1);
    const other = connect({ mode: "manual" });
    await client.close();
    client.variation("dark-mode", {}, false);
    client.track("after", {});
    client.identify({});
    bound.track("after");
    bound.identify();
    await client.flush();
    expect(service.events).toEqual([]);
    expect(client.status.events.waiting, "of the other handle's core").toBe(1);
    await other.close();
    expect(service.events.map(({ flagKey }) => flagKey)).toEqual(["before"]);
  });

  it("are sent by flush(), by batch size and by interval (contract §5)", async () => {
    const { connect, scheduler, service } = createFixture({ snapshot: SNAPSHOT });
    const client = connect({ flushBatchSize: 2, flushInterval: 10_000 });
    await client.waitForInitialization();
    client.track("1", {});
    await client.flush();
    expect(service.events).toHaveLength(1);
    client.track("2", {});
    await scheduler.advance(11_000);
    expect(service.events).toHaveLength(2);
    client.track("3", {});
    client.track("4", {});
    await scheduler.advance(1_000);
    expect(service.events).toHaveLength(4);
    expect(client.status.events).toEqual({
      sent: 4,
      waiting: 0,
      shed: { repeats: 0, evaluations: 0, others: 0 },
      dropped: { rejected: 0, closed: 0 },
    });
    await client.close();
  });

  it("cost nothing where there are none: the user id is not read", async () => {
    for (const options of [{ sendEvents: false }, { evaluationEvents: "none" }, {}] as const) {
      let reads = 0;
      const context = {
        get user_id(): string {
          reads++;
          return "u1";
        },
      };
      await eventsOf((client) => void client.variation("a", context, false), options);
      expect(reads > 0).toBe(!("sendEvents" in options || "evaluationEvents" in options));
    }
  });

  it("are none with sendEvents: false, and of evaluations as evaluationEvents says (contract §5)", async () => {
    const act = (client: FeatureflipClient): void => {
      client.variation("a", {}, false);
      client.variation("a", {}, false);
      client.track("bought", {});
    };
    const keys = async (options: FeatureflipOptions) =>
      (await eventsOf(act, options)).map(({ flagKey }) => flagKey);
    expect(await keys({ sendEvents: false })).toEqual([]);
    expect(await keys({ evaluationEvents: "unique" })).toEqual(["a", "bought"]);
    expect(await keys({ evaluationEvents: "none" })).toEqual(["bought"]);
  });

  it("leave through waitUntil on request-scoped runtimes, when they are due (contract §6.1)", async () => {
    const { connect, service } = createRequestFixture({ snapshot: SNAPSHOT });
    const behind: Promise<unknown>[] = [];
    const client = connect({ flushBatchSize: 3, waitUntil: (work) => void behind.push(work) });
    await client.waitForInitialization();
    behind.length = 0; // the load
    client.variation("a", {}, false);
    client.track("b", {});
    expect(behind).toHaveLength(1); // who waits until they are due
    client.identify({});
    expect(behind).toHaveLength(2);
    await behind[1];
    expect(service.events.map(({ flagKey }) => flagKey)).toEqual(["a", "b", "$identify"]);
    await client.close();
  });
});

describe("inspectors", () => {
  async function inspect(act: (client: FeatureflipClient) => void): Promise<InspectedEvaluation[]> {
    const seen: InspectedEvaluation[] = [];
    await eventsOf(act, { inspectors: [(event) => void seen.push(event)] });
    return seen;
  }

  it("receive each evaluation, with the value that the caller got", async () => {
    const seen = await inspect((client) => {
      const user = { user_id: "u1" };
      client.variation("a", user, false);
      client.variation("a", user, "text", { track: false });
      client.variationDetail("ruled", user, true);
      client.forContext(user).boolVariation("unmet", true);
      client.jsonVariation("missing", user, null);
    });
    const missed = {
      context: { user_id: "u1" },
      timestamp: "2026-01-01T00:00:00.000Z",
      environment: "env",
      isSplit: false,
    };
    const event = { ...missed, flagVersion: 1 };
    const error = expect.objectContaining({ code: "TYPE_MISMATCH" });
    expect(seen).toEqual([
      { ...event, flagKey: "a", value: true, reason: "FALLTHROUGH", variationKey: "on" },
      { ...event, flagKey: "a", value: "text", reason: "ERROR", variationKey: "on", error },
      { ...event, flagKey: "ruled", value: false, reason: "RULE_MATCH", variationKey: "off", ruleId: "r1" },
      {
        ...event,
        flagKey: "unmet",
        value: false,
        reason: "PREREQUISITE_FAILED",
        variationKey: "off",
        prerequisiteKey: "off",
      },
      { ...missed, flagKey: "missing", value: null, reason: "FLAG_NOT_FOUND" },
    ]);
    expect(seen.every((each) => Object.isFrozen(each) && Object.isFrozen(each.context))).toBe(true);
  });

  it("do not receive allFlags(), track() or identify()", async () => {
    const seen = await inspect((client) => {
      client.allFlags({});
      client.forContext({}).allFlags();
      client.track("bought", {});
      client.identify({});
    });
    expect(seen).toEqual([]);
  });

  it("that throw disturb neither the caller nor each other", async () => {
    const { connect, logger } = createFixture();
    const seen: string[] = [];
    const client = connect({
      inspectors: [
        () => {
          throw new Error("oops");
        },
        ({ flagKey }) => void seen.push(flagKey),
      ],
    });
    await client.waitForInitialization();
    expect(client.variation("dark-mode", {}, false)).toBe(true);
    expect(client.variation("dark-mode", {}, false)).toBe(true);
    expect(seen).toEqual(["dark-mode", "dark-mode"]);
    expect(logger.lines).toHaveLength(1);
    await client.close();
    client.variation("dark-mode", {}, false);
    expect(seen).toHaveLength(2);
  });

  it("belong to the handle that brought them (contract §6)", async () => {
    const { connect } = createFixture();
    const seen: string[] = [];
    const first = connect({ inspectors: [() => void seen.push("first")] });
    const second = connect({ inspectors: [() => void seen.push("second")] });
    await first.waitForInitialization();
    second.variation("dark-mode", {}, false);
    first.variation("dark-mode", {}, false);
    expect(seen).toEqual(["second", "first"]);
    await Promise.all([first.close(), second.close()]);
  });

  it("go to eventsUrl, everything else to the base URL (contract §7)", async () => {
    const { connect, service } = createFixture({ snapshot: SNAPSHOT });
    const urls: string[] = [];
    const fetch: typeof globalThis.fetch = (input, init) => {
      urls.push(String(input));
      return service.fetch(input, init);
    };
    const client = connect({ eventsUrl: "https://relay.example", fetch });
    await client.waitForInitialization();
    client.variation("a", {}, false);
    await client.close();
    expect(urls.filter((url) => url.startsWith("https://relay.example"))).toEqual([
      "https://relay.example/v1/sdk/events",
    ]);
    expect(urls.length).toBeGreaterThan(1);
  });

  it('are of each flag, variation and user once per hour with "hourly" (contract §5)', async () => {
    const { connect, scheduler, service } = createFixture({ snapshot: SNAPSHOT });
    const client = connect({ evaluationEvents: "hourly" });
    await client.waitForInitialization();
    for (let minute = 0; minute < 61; minute++) {
      for (const user of ["u1", "u2"]) client.variation("a", { user_id: user }, false);
      await scheduler.advance(60_000);
    }
    await client.close();
    expect(service.events.map(({ userId }) => userId)).toEqual(["u1", "u2", "u1", "u2"]);
  });
});
