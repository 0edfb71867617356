import { describe, expect, it, vi } from "vitest";
import { FeatureflipClient } from "../../../src/client/client.ts";
import { Core } from "../../../src/client/core.ts";
import { Handle } from "../../../src/client/handle.ts";
import { clientHandle } from "../../../src/client/internals.ts";
import type { FeatureflipOptions } from "../../../src/client/options.ts";
import { resolveOptions } from "../../../src/client/resolve-options.ts";
import type { Inspector } from "../../../src/events/inspectors.ts";
import type { WaitUntil } from "../../../src/runtime/runtime.ts";
import { createFixture, createRequestFixture, rejection } from "../../support/client-fixture.ts";
import type { FixtureOptions } from "../../support/client-fixture.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { SNAPSHOT } from "../../support/client-flags.ts";
import { conditionalFlag, wireFlag, wireSnapshot } from "../../support/wire.ts";

const NO_ENV = { env: (): undefined => undefined, name: "" };

describe("defaultContext", () => {
  const snapshot = wireSnapshot([
    conditionalFlag("for-pro", [{ attribute: "plan", operator: "Equals", values: ["pro"], negate: false }]),
    conditionalFlag("for-u1", [{ attribute: "user_id", operator: "Equals", values: ["u1"], negate: false }]),
  ]);

  it("lies under every context (contract §7)", async () => {
    const { connect } = createFixture({ snapshot });
    const client = connect({ defaultContext: { plan: "pro", user_id: "u1" } });
    await client.waitForInitialization();
    expect(client.variation("for-pro", null, false)).toBe(true);
    expect(client.variation("for-pro", { plan: undefined }, false)).toBe(true);
    expect(client.variation("for-pro", { plan: "free" }, true)).toBe(false);
    expect(client.forContext(null).variation("for-pro", false)).toBe(true);
    expect({ ...client.allFlags(null) }).toEqual({ "for-pro": true, "for-u1": true });
    await client.close();
  });

  it("gives way to a user id in either spelling (contract §3.2)", async () => {
    const { connect } = createFixture({ snapshot });
    const client = connect({ defaultContext: { user_id: "u1" } });
    await client.waitForInitialization();
    expect(client.variation("for-u1", {}, false)).toBe(true);
    expect(client.variation("for-u1", { userId: "u2" }, true)).toBe(false);
    await client.close();
  });
});

describe("contexts", () => {
  it("are warned about once when they are no objects, and count as empty ones", async () => {
    const { connect, logger } = createFixture();
    const client = connect();
    await client.waitForInitialization();
    expect(client.variationDetail("dark-mode", undefined, false)).toEqual(
      client.variationDetail("dark-mode", {}, false),
    );
    client.variation("dark-mode", null, false);
    expect(logger.lines).toEqual([]);
    for (const context of ["u-1", 7, false]) {
      expect(client.variationDetail("dark-mode", context as unknown as object, false)).toEqual(
        client.variationDetail("dark-mode", {}, false),
      );
    }
    expect(logger.lines).toEqual([
      'warn: Using an empty context: a context must be an object of attributes, such as { user_id: "u-123" }, but is a string',
    ]);
    await client.close();
  });

  it("have no attributes of a text, such as its length (contract §3.2)", async () => {
    const { connect } = createFixture({
      snapshot: wireSnapshot([
        conditionalFlag("long", [{
          attribute: "length",
          operator: "GreaterThan",
          values: [0],
          negate: false,
        }]),
      ]),
    });
    const client = connect();
    await client.waitForInitialization();
    expect(client.variation("long", { length: 3 }, false)).toBe(true);
    expect(client.variation("long", "u-1" as unknown as object, true)).toBe(false);
    await client.close();
  });
});

describe("the SDK key in the place of a flag's key or an event", () => {
  it("is never shown (contract §1)", async () => {
    const { connect, logger, sdkKey } = createFixture();
    const client = connect();
    await client.waitForInitialization();
    expect(client.boolVariation(sdkKey, {}, false)).toBe(false);
    expect(logger.lines.filter((line) => line.includes("Unknown flag"))).toHaveLength(1);
    expect(() => client.on(sdkKey as "update", () => {})).toThrow(/^Unknown event (?!.*7f3a9c)/);
    expect(logger.lines.join()).not.toContain(sdkKey);
    await client.close();
  });
});

describe("a context that cannot be one", () => {
  const load = (): Promise<object> => Promise.resolve({ user_id: "u1" });

  it.each([{}, { defaultContext: { plan: "pro" } }])(
    "is warned about once where an await is missing, with %j (contract §3.2)",
    async (options) => {
      const { connect, logger } = createFixture();
      const client = connect(options);
      await client.waitForInitialization();
      const pending = load() as object;
      for (let call = 0; call < 3; call++) client.variation("dark-mode", pending, false);
      client.forContext(pending).variation("dark-mode", false);
      client.track("bought", pending);
      expect(logger.lines.filter((line) => line.startsWith("warn: "))).toEqual([
        'warn: Using an empty context: a context must be an object of attributes, such as { user_id: "u-123" }, but is a promise: await it',
      ]);
      await client.close();
    },
  );

  it("is warned about where it is a list", async () => {
    const { connect, logger } = createFixture();
    const client = connect();
    await client.waitForInitialization();
    client.variation("dark-mode", [], false);
    expect(logger.lines.at(-1)).toMatch(/but is a list$/);
    await client.close();
  });
});

describe("a time that was probably meant in seconds", () => {
  it("is warned about once, whether an option or a call has it", async () => {
    const { connect, logger } = createFixture();
    const client = connect({ initTimeout: 10, readTimeout: 5 });
    await client.waitForInitialization({ timeout: 3 });
    expect(logger.lines).toEqual([
      "warn: Option 'readTimeout' is 5 ms: times are in milliseconds, a second is 1,000",
    ]);
    await client.close({ timeout: 0 });
    const other = createFixture();
    const second = other.connect({ connectTimeout: 50 });
    await second.waitForInitialization({ timeout: 49 });
    expect(other.logger.lines).toEqual([
      "warn: Option 'timeout' is 49 ms: times are in milliseconds, a second is 1,000",
    ]);
    await second.close();
  });

  it.each(["flushInterval", "maxAge", "maxStale"])("is warned about in option %s", async (option) => {
    const { connect, logger } = createFixture();
    await connect({ [option]: 30 }).close({ timeout: 5 });
    expect(logger.lines).toEqual([
      `warn: Option '${option}' is 30 ms: times are in milliseconds, a second is 1,000`,
    ]);
  });

  it("is warned about in a timeout of flush() and close(), but for 0", async () => {
    for (const method of ["flush", "close"] as const) {
      const { connect, logger } = createFixture();
      const client = connect();
      await client[method]({ timeout: 0 });
      expect(logger.lines).toEqual([]);
      await client[method]({ timeout: 5 });
      expect(logger.lines).toEqual([
        "warn: Option 'timeout' is 5 ms: times are in milliseconds, a second is 1,000",
      ]);
      await client.close();
    }
  });
});

describe("a test client", () => {
  it("warns of a context that cannot be one, although it reads no user id", () => {
    const logger = createRecordingLogger();
    const client = FeatureflipClient.forTesting({ x: true }, { logger });
    expect(client.variation("x", Promise.resolve({}) as unknown as { user_id: string }, false)).toBe(true);
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn: Using an empty context: .* but is a promise/),
    ]);
  });

  it.each<[unknown, string]>([[["x"], "a list"], ["x", "a string"], [null, "null"]])(
    "refuses flags that are not an object: %j",
    (flags, kind) => {
      expect(() => FeatureflipClient.forTesting(flags as Record<string, unknown>)).toThrow(
        `Cannot create test client: the flags must be an object, but are ${kind}`,
      );
    },
  );
});

describe("on()", () => {
  it("refuses a listener that is not a function", () => {
    const client = FeatureflipClient.forTesting();
    expect(() => client.on("update", undefined as unknown as () => void)).toThrow(
      new TypeError("Cannot add listener: it must be a function, but is undefined"),
    );
  });
});

describe("user ids", () => {
  it("are asked by conditions whose oddities are warned about once, however often the flags come", async () => {
    const conditions = [
      { attribute: "plan", operator: "MatchesRegex", values: ["("] },
      { attribute: "plan", operator: "SoundsLike", values: ["pro"] },
    ];
    const { connect, logger } = createFixture({
      snapshot: wireSnapshot([conditionalFlag("odd", conditions)]),
    });
    const client = connect({ mode: "manual", sendEvents: false });
    for (let times = 0; times < 3; times++) {
      await client.refresh();
      expect(client.variation("odd", { plan: "pro" }, true)).toBe(false);
    }
    expect(logger.lines).toEqual([
      'warn: Cannot compile pattern "(": it matches nothing',
      'warn: Unknown condition operator "SoundsLike": its condition never matches',
    ]);
    await client.close();
  });

  it("are not warned about in one spelling, or in two that agree", async () => {
    const { connect, logger } = createFixture();
    const client = connect();
    await client.waitForInitialization();
    for (const context of [{ user_id: "u1" }, { userId: "u1" }, { user_id: 7, userId: "7" }]) {
      client.variation("dark-mode", context, false);
      client.identify(context);
    }
    expect(logger.lines).toEqual([]);
    await client.close();
  });

  it("are warned about once when both spellings differ (contract §3.2)", async () => {
    const { connect, logger } = createFixture();
    const client = connect();
    await client.waitForInitialization();
    client.variation("dark-mode", { user_id: "u1", userId: "u1" }, false);
    client.variation("dark-mode", { user_id: 1, userId: "1" }, false);
    expect(logger.lines).toEqual([]);
    for (let time = 0; time < 3; time++) {
      client.variation("dark-mode", { user_id: "u1", userId: "u2" }, false);
    }
    expect(logger.lines).toEqual([
      "warn: The context has different values for 'user_id' and 'userId': rollouts and events may use different ones",
    ]);
    await client.close();
  });

  it("are warned about by the client whose event has an object as user id, and once (contract §3.2)", async () => {
    const { connect, logger } = createFixture({
      snapshot: wireSnapshot([
        conditionalFlag("for-u1", [{ attribute: "user_id", operator: "Equals", values: ["u1"] }]),
      ]),
    });
    const client = connect();
    await client.waitForInitialization();
    for (let time = 0; time < 2; time++) {
      client.track("bought", { user_id: { id: 7 } });
      client.variation("for-u1", { user_id: { id: 7 } }, false);
    }
    const lines = [
      'warn: Attribute "user_id" is an object, which conditions cannot compare: pass a string, a number, a boolean or a date',
    ];
    expect(logger.lines).toEqual(lines);
    const other = createRecordingLogger();
    const another = FeatureflipClient.forTesting({ "dark-mode": true }, { logger: other });
    client.track("bought", { user_id: [7] });
    another.boolVariation("dark-mode", {}, false);
    expect(other.lines).toEqual([]);
    await client.close();
  });
});

/** A handle of its own core, ready. */
async function createHandle(inspectors: readonly Inspector[] = [], waitUntil?: WaitUntil): Promise<Handle> {
  const { logger, runtime, sdkKey, service } = createFixture({ snapshot: SNAPSHOT });
  const options = { sdkKey, fetch: service.fetch, logger, inspectors, waitUntil };
  const resolved = resolveOptions(options, NO_ENV);
  const handle = new Handle(new Core(resolved.core, runtime, logger, () => {}), resolved.handle);
  await handle.waitForInitialization();
  return handle;
}

describe("Handle", () => {
  it("evaluates, records and inspects separately", async () => {
    const inspected: string[] = [];
    const handle = await createHandle([(event) => inspected.push(`${event.flagKey} ${event.value}`)]);
    const { flags } = handle;
    const attributes = handle.contextOf({ user_id: "u1" });
    const detail = handle.evaluate(flags, "text", attributes, "free", "string");
    expect(detail).toEqual({ value: "pro", reason: "FALLTHROUGH", variationKey: "v" });
    expect([handle.status.events.waiting, inspected]).toEqual([0, []]);
    handle.record(flags, "text", attributes, detail);
    expect([handle.status.events.waiting, inspected]).toEqual([1, []]);
    handle.inspect(flags, "text", attributes, detail);
    expect([handle.status.events.waiting, inspected]).toEqual([1, ["text pro"]]);
    await handle.close();
    handle.record(handle.flags, "text", attributes, detail);
    handle.inspect(handle.flags, "text", attributes, detail);
    expect([handle.status.events.waiting, inspected]).toEqual([0, ["text pro"]]);
  });

  it("rejects refresh() once it is closed, also while another handle keeps its core", async () => {
    const { connect } = createFixture();
    const [client, other] = [connect(), connect()];
    await client.waitForInitialization();
    await client.close();
    expect(await rejection(client.refresh())).toMatchObject({ code: "CLIENT_CLOSED" });
    await other.refresh();
    await other.close();
  });

  it("passes deliveries to its own waitUntil rather than to a request's (contract §6)", async () => {
    const { logger, runtime, sdkKey, service } = createFixture({ snapshot: SNAPSHOT });
    const kept: string[] = [];
    const own: WaitUntil = () => void kept.push("own");
    const request: WaitUntil = () => void kept.push("request");
    const { core, handle } = resolveOptions({ sdkKey, fetch: service.fetch, logger }, NO_ENV);
    for (const [waitUntil, expected] of [[own, "own"], [undefined, "request"]] as const) {
      const shared = new Core(core, runtime, logger, () => {});
      const plain = new Handle(shared, handle);
      await plain.waitForInitialization();
      plain.track("bought", {}, undefined);
      const delivering = new Handle(shared, { ...handle, waitUntil });
      delivering.deliverWhenDue(request);
      const tracking = await createHandle([], waitUntil);
      tracking.track("bought", {}, undefined, request);
      expect(kept.splice(0)).toEqual([expected, expected]);
      await Promise.all([plain, delivering, tracking].map((each) => each.close()));
    }
  });

  it("passes a load that it waits for to its own waitUntil rather than to a request's (contract §6)", async () => {
    const kept: string[] = [];
    for (const own of [() => void kept.push("own"), undefined]) {
      const { connect } = createRequestFixture();
      const client = connect({ waitUntil: own });
      await clientHandle(client).waitForInitialization({}, () => void kept.push("request"));
      expect(new Set(kept.splice(0))).toEqual(new Set([own === undefined ? "request" : "own"]));
      await client.close();
    }
  });

  it("sends what global scope recorded with a request that only waits (contract §6.1)", async () => {
    const { connect, service, scheduler } = createRequestFixture();
    let isRequest = false;
    const kept: Promise<unknown>[] = [];
    function allow(): void {
      if (!isRequest) throw new Error("Disallowed operation called within global scope");
    }
    const after = scheduler.after.bind(scheduler);
    scheduler.after = (...args) => (allow(), after(...args));
    const waitUntil = (work: Promise<unknown>): void => {
      allow();
      kept.push(work);
    };
    const client = connect({ waitUntil, bootstrap: wireSnapshot([wireFlag("dark-mode")]) });
    client.variation("dark-mode", { user_id: "u" }, false);
    await scheduler.advance(1);
    expect(kept).toEqual([]);
    isRequest = true;
    await client.waitForInitialization();
    await scheduler.advance(30_000);
    await Promise.all(kept);
    expect(service.events.map(({ flagKey }) => flagKey)).toEqual(["dark-mode"]);
    expect(client.status.events).toMatchObject({ waiting: 0, sent: 1 });
  });

  it("binds a context to the flags of that moment", async () => {
    const handle = await createHandle();
    const bound = handle.bind({ user_id: "u1" });
    expect(bound.context).toEqual({ user_id: "u1" });
    expect(bound.variation("text", "free")).toBe("pro");
    expect({ ...bound.allFlags() }).toEqual({ ...handle.allFlags(handle.flags, {}) });
    await handle.close();
    expect(bound.variation("text", "free")).toBe("free");
    expect({ ...bound.allFlags() }).toEqual({});
  });
});

describe("the warning about an unknown flag", () => {
  it("is logged once per key, with a similar key, and not before flags are there", async () => {
    const { connect, logger } = createFixture({ snapshot: wireSnapshot([wireFlag("dark-mode")]) });
    const client = connect();
    client.variation("dark-mod", {}, false);
    await client.waitForInitialization();
    const before = logger.lines.length;
    for (let count = 0; count < 3; count++) {
      expect(client.variation("dark-mod", {}, false)).toBe(false);
      client.variationDetail("nothing-like-it", {}, false);
      client.forContext({}).variation("dark-mod", false);
      client.variation(7 as unknown as string, {}, false);
      client.variation("dark-mode", {}, false);
    }
    expect(logger.lines.slice(before).filter((line) => line.includes("Unknown flag"))).toEqual([
      'warn: Unknown flag "dark-mod", returning the default: did you mean "dark-mode"?',
      'warn: Unknown flag "nothing-like-it", returning the default: check the key',
      "warn: Unknown flag: a key must be a string, but is a number. Returning the default",
    ]);
    await client.close();
  });

  it("is not logged by a test client, which has no environment", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const client = FeatureflipClient.forTesting({ on: true });
    client.variation("off", {}, false);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
    await client.close();
  });

  it("stops after 1,000 keys, which callers may make up", async () => {
    const { connect, logger } = createFixture();
    const client = connect();
    await client.waitForInitialization();
    for (let count = 0; count < 3_000; count++) client.variation(`made-up-${count}`, {}, false);
    expect(logger.lines.filter((line) => line.includes("Unknown flag")).length).toBeLessThanOrEqual(1_000);
    await client.close();
  });
});

describe("options of one evaluation", () => {
  const broken = {
    get track(): boolean {
      throw new Error("broken getter");
    },
  };

  it("decide whether it is recorded (contract §5)", () => {
    const logger = createRecordingLogger();
    const handle = clientHandle(FeatureflipClient.forTesting({}, { logger }));
    expect([handle.isTracked(undefined, true), handle.isTracked(undefined, false)]).toEqual([true, false]);
    expect([handle.isTracked({ track: false }, true), handle.isTracked({ track: true }, false)]).toEqual([
      false,
      true,
    ]);
    expect([handle.isTracked({}, true), handle.isTracked(null, false)]).toEqual([true, false]);
    expect(logger.lines).toEqual([]);
  });

  it.each<[unknown, string]>([
    [{ trak: false }, "unknown option 'trak'. Known options: track"],
    [{ track: "no" }, `'track' must be true or false, but is "no"`],
    [5, "the options must be an object, but are a number"],
  ])("are logged once when they are wrong, and never throw (contract §3): %j", (options, problem) => {
    const logger = createRecordingLogger();
    const client = FeatureflipClient.forTesting({ x: true }, { logger });
    for (let count = 0; count < 2; count++) {
      expect(client.variation("x", {}, false, options as object)).toBe(true);
      expect(client.forContext({}).variation("x", false, options as object)).toBe(true);
    }
    expect(logger.lines).toEqual([`warn: Cannot read flag: ${problem}`]);
  });

  it("may throw when they are read", () => {
    const logger = createRecordingLogger();
    const client = FeatureflipClient.forTesting({ x: true }, { logger });
    expect(client.variationDetail("x", {}, false, broken).value).toBe(true);
    expect(logger.lines).toEqual(["warn: broken getter"]);
  });
});

describe("events without a waitUntil (contract §6.1)", () => {
  const NOTICE = expect.stringMatching(/^warn: Events wait for flush\(\): pass option 'waitUntil'/) as string;

  it("are reported once, on a request-scoped runtime", async () => {
    const { connect, logger } = createRequestFixture();
    const clients = [connect(), connect()];
    for (const client of clients) {
      await client.waitForInitialization();
      for (let count = 0; count < 3; count++) client.variation("dark-mode", {}, false);
    }
    expect(logger.lines).toEqual([NOTICE]);
  });

  it("are reported when they are tracked through a bound client too", async () => {
    const { connect, logger } = createRequestFixture();
    const client = connect();
    await client.waitForInitialization();
    client.forContext({}).track("paid");
    expect(logger.lines).toEqual([NOTICE]);
  });

  it.each<[string, FixtureOptions, FeatureflipOptions]>([
    ["there is a background", { runtime: { hasBackground: true } }, { mode: "lazy" }],
    ["the option is there", {}, { waitUntil() {} }],
    ["the platform has one", { runtime: { waitUntil: () => () => {} } }, {}],
    ["no events are sent", {}, { sendEvents: false }],
    ["no events are recorded", {}, { evaluationEvents: "none" }],
  ])("are not reported where %s", async (_, fixture, options) => {
    const { connect, logger } = createRequestFixture(fixture);
    const client = connect(options);
    await client.waitForInitialization();
    client.variation("dark-mode", {}, false);
    expect(logger.lines).toEqual([]);
    await client.close();
  });

  it("are not reported where an adapter has the request's", async () => {
    const { connect, logger } = createRequestFixture();
    const client = connect();
    await clientHandle(client).waitForInitialization({}, () => {});
    client.variation("dark-mode", {}, false);
    expect(logger.lines).toEqual([]);
  });

  it("are not reported outside of requests, where nothing can be found", async () => {
    const { connect, logger } = createRequestFixture();
    const client = connect({ bootstrap: wireSnapshot([wireFlag("dark-mode")]) });
    client.variation("dark-mode", {}, false);
    expect(logger.lines).toEqual([]);
    await client.waitForInitialization();
    client.variation("dark-mode", {}, false);
    expect(logger.lines).toEqual([NOTICE]);
  });
});
