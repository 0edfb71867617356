import { describe, expect, it } from "vitest";
import type { ClientStatus } from "../../../src/client/status.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { conditionalFlag, fixed, wireFlag, wireSegment, wireSnapshot } from "../../support/wire.ts";
import { createFixture, createRequestFixture, rejection } from "../../support/client-fixture.ts";

describe("handles", () => {
  it("with one SDK key and base URL share a core (contract §6)", async () => {
    const { connect, service } = createFixture();
    const first = connect();
    const second = connect({ baseUrl: "https://eval.featureflip.io/" });
    await Promise.all([first.waitForInitialization(), second.waitForInitialization()]);
    expect(service.requests).toEqual(["GET /v1/sdk/stream"]);
    expect(first.status).toEqual(second.status);
    await Promise.all([first.close(), second.close()]);
  });

  it("with another SDK key or base URL share nothing (contract §6)", async () => {
    const { connect, service, sdkKey } = createFixture();
    const clients = [
      connect(),
      connect({ baseUrl: "https://flags.example" }),
      connect({ sdkKey: `${sdkKey}-other` }),
    ];
    await Promise.all(clients.map((client) => client.waitForInitialization()));
    expect(service.requests).toHaveLength(3);
    await Promise.all(clients.map((client) => client.close()));
  });

  it("offline share nothing", async () => {
    const { connect } = createFixture();
    const on = connect({ mode: "offline", bootstrap: wireSnapshot([wireFlag("a")]) });
    const off = connect({ mode: "offline" });
    expect([on.variation("a", {}, false), off.variation("a", {}, false)]).toEqual([true, false]);
    await Promise.all([on.close(), off.close()]);
  });

  it("keep the first one's options, and warn of a later one's that differ (contract §6)", async () => {
    const { connect, logger, service } = createFixture();
    const first = connect({ inspectors: [() => {}], defaultContext: { plan: "pro", id: 1n } });
    const later = createRecordingLogger();
    const second = connect({
      logger: later,
      pollInterval: 5_000,
      streaming: false,
      privateAttributes: ["email"],
      defaultContext: { plan: "free" },
      waitUntil: () => {},
      fetch: () => Promise.reject(new Error("never called")),
    });
    expect(logger.lines).toEqual([]);
    expect(later.lines).toEqual([
      "warn: This client shares the connection of an earlier one with the same SDK key, whose options stay: " +
      "mode (or streaming), pollInterval, privateAttributes, defaultContext",
    ]);
    await second.waitForInitialization();
    expect(second.status.mode).toBe("streaming");
    expect(service.requests).toEqual(["GET /v1/sdk/stream"]);

    const same = createRecordingLogger();
    const third = connect({ logger: same, defaultContext: { plan: "pro", id: 1n } });
    expect(same.lines).toEqual([]);
    await Promise.all([first.close(), second.close(), third.close()]);
  });

  it("close one by one; the last one ends the core, its timers and its stream (contract §6)", async () => {
    const { connect, scheduler, service } = createFixture();
    const [first, second] = [connect(), connect()];
    await first.waitForInitialization();
    first.track("bought", { user_id: "u1" });
    await first.close();
    expect(first.isInitialized).toBe(false);
    expect(first.variation("dark-mode", {}, false)).toBe(false);
    expect(first.status.state).toBe("NOT_READY");
    expect(second.variation("dark-mode", {}, false)).toBe(true);
    expect(second.status.state).toBe("READY");
    expect(service.streams).toBe(1);

    await first.close();
    expect(service.streams, "closing twice closes one").toBe(1);
    await second.close();
    expect(service.streams).toBe(0);
    expect(scheduler.armed).toBe(0);
    expect(service.events.map(({ flagKey }) => flagKey)).toEqual(["bought", "dark-mode"]);
    expect(second.status.events).toMatchObject({ sent: 2, waiting: 0 });
  });

  it("close with the same work awaited when close() is called twice (contract §6)", async () => {
    const { connect, scheduler, service } = createFixture();
    const client = connect();
    await client.waitForInitialization();
    client.track("bought", {});
    let answer = (): void => {};
    service.answer = (path) => {
      if (!path.endsWith("/events")) return undefined;
      return new Promise((resolve) => {
        answer = () => resolve(new Response(null, { status: 202 }));
      });
    };
    const ended: string[] = [];
    const both = [client.close().then(() => ended.push("1")), client.close().then(() => ended.push("2"))];
    await scheduler.advance(10);
    expect(ended).toEqual([]);
    answer();
    await Promise.all(both);
    expect(ended).toHaveLength(2);
  });

  it("close within 5 s, or the time-out (contract §6)", async () => {
    for (const [options, limit] of [[undefined, 5_000], [{ timeout: 500 }, 500]] as const) {
      const { connect, scheduler, service } = createFixture();
      const client = connect();
      await client.waitForInitialization();
      client.track("bought", {});
      service.answer = (path) => path.endsWith("/events") ? new Promise(() => {}) : undefined;
      let isClosed = false;
      void client.close(options).then(() => isClosed = true);
      await scheduler.advance(limit - 1);
      expect(isClosed).toBe(false);
      await scheduler.advance(1);
      expect(isClosed).toBe(true);
      expect(scheduler.armed).toBe(0);
    }
  });

  it("made while the old core is closing get a fresh one (contract §6)", async () => {
    const { connect, service } = createFixture();
    const old = connect();
    await old.waitForInitialization();
    const closing = old.close();
    const fresh = connect();
    expect(fresh.isInitialized).toBe(false);
    await Promise.all([closing, fresh.waitForInitialization()]);
    expect(fresh.variation("dark-mode", {}, false)).toBe(true);
    expect(service.requests.filter((request) => request.endsWith("/stream"))).toHaveLength(2);
    expect(service.streams).toBe(1);
    await fresh.close();
    expect(service.streams).toBe(0);
  });

  it("closed before anything started make no request", async () => {
    const { connect, scheduler, service } = createFixture();
    await connect().close();
    await scheduler.advance(60_000);
    expect(service.requests).toEqual([]);
    expect(scheduler.armed).toBe(0);
  });

  it("refuse wrong time-outs", async () => {
    const { connect } = createFixture();
    const client = connect({ mode: "manual" });
    for (const timeout of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "5", null] as number[]) {
      for (const call of ["waitForInitialization", "flush", "close"] as const) {
        const error = await rejection(client[call]({ timeout }));
        expect(error, `${call} ${timeout}`).toMatchObject({ code: "CONFIGURATION", option: "timeout" });
      }
    }
    await client.close();
  });

  it("take null for no options of a call", async () => {
    const { connect, service } = createFixture();
    const client = connect();
    const none = null as unknown as undefined;
    await client.waitForInitialization(none);
    client.track("bought", {});
    await client.flush(none);
    expect(service.events).toHaveLength(1);
    await client.close(none);
    expect(service.streams).toBe(0);
  });

  it("are async disposable", async () => {
    const { connect, scheduler, service } = createFixture();
    const client = connect();
    await client.waitForInitialization();
    await client[Symbol.asyncDispose]();
    expect([service.streams, scheduler.armed]).toEqual([0, 0]);
  });

  it("keep the snapshot for the next request where a request is all there is (contract §6.1)", async () => {
    const { connect, scheduler, service } = createRequestFixture();
    const first = connect();
    await first.waitForInitialization();
    first.track("bought", {});
    await first.close();
    expect(service.events).toHaveLength(1);
    const second = connect();
    expect(second.variation("dark-mode", {}, false)).toBe(true);
    await second.waitForInitialization();
    expect(service.requests.filter((request) => request.startsWith("GET"))).toEqual(["GET /v1/sdk/flags"]);
    await second.close();
    expect(scheduler.armed).toBe(0);
  });

  it("complain of no refresh that they gave up themselves", async () => {
    const { connect, logger, scheduler, service } = createFixture();
    const client = connect({ mode: "lazy" });
    await client.waitForInitialization();
    await scheduler.advance(31_000);
    service.answer = () => new Promise(() => {});
    await client.waitForInitialization();
    expect(service.requests, "the refresh is under way").toHaveLength(2);
    await client.close();
    await scheduler.advance(0);
    expect(logger.lines).toEqual([]);
  });

  it("end all else when a shared store's watch can not be ended", async () => {
    const { connect, scheduler, service } = createFixture();
    const watch = () => (): never => {
      throw new Error("the connection has gone");
    };
    const client = connect({ mode: "polling", store: { get: () => Promise.resolve(null), watch } });
    await client.waitForInitialization();
    client.track("bought", {});
    await client.close();
    expect(service.events).toHaveLength(1);
    expect(scheduler.armed).toBe(0);
  });

  it("in lazy mode on a runtime with a background leave nothing behind", async () => {
    const { connect, service } = createFixture();
    const first = connect({ mode: "lazy" });
    await first.waitForInitialization();
    await first.close();
    const second = connect({ mode: "lazy" });
    expect(second.isInitialized).toBe(false);
    await second.waitForInitialization();
    expect(service.requests).toEqual(["GET /v1/sdk/flags", "GET /v1/sdk/flags"]);
    await second.close();
  });
});

describe("loggers", () => {
  it("hear of their own handle's evaluations, and all of what concerns the core (contract §6)", async () => {
    const { connect, scheduler, service } = createFixture();
    const [one, other] = [createRecordingLogger(), createRecordingLogger()];
    const [first, second] = [connect({ logger: one }), connect({ logger: other })];
    await first.waitForInitialization();
    first.variation("dark-mode", {}, "text");
    expect([one.lines.length, other.lines.length]).toEqual([1, 0]);
    first.variation("dark-mode", {}, "text");
    second.variation("dark-mode", {}, "text");
    expect([one.lines.length, other.lines.length], "said once").toEqual([1, 0]);

    service.send("sync", { flags: 7 });
    await scheduler.advance(0);
    expect(one.lines.at(-1)).toContain("flags must be a list, but is 7");
    expect(other.lines.at(-1)).toBe(one.lines.at(-1));
    await first.close();
    const before = one.lines.length;
    await scheduler.advance(60_000);
    expect(one.lines).toHaveLength(before);
    await second.close();
  });

  it("that two handles share hear it once", async () => {
    const { connect, logger, scheduler, service } = createFixture();
    const [first, second] = [connect(), connect()];
    await first.waitForInitialization();
    service.send("sync", { flags: 7 });
    await scheduler.advance(0);
    expect(logger.lines).toHaveLength(1);
    await Promise.all([first.close(), second.close()]);
  });

  it("hear of events that a last close() could not deliver", async () => {
    const { connect, logger, scheduler, service } = createFixture();
    const client = connect();
    await client.waitForInitialization();
    client.track("bought", {});
    service.answer = () => new Response("", { status: 503 });
    const closing = client.close();
    await scheduler.advance(5_000);
    await closing;
    expect(client.status.events.dropped.closed).toBe(1);
    expect(logger.lines.some((line) => line.includes("event"))).toBe(true);
  });
});

describe("on('update')", () => {
  const beta = wireSegment("beta");
  const inBeta = wireFlag("in-beta", { rules: [{ id: "r", segmentKey: "beta", serve: fixed("on") }] });
  const needs = (key: string) => [{ prerequisiteFlagKey: key, expectedVariationKey: "on" }];
  const flags = [
    wireFlag("own"),
    inBeta,
    wireFlag("child", { prerequisites: needs("in-beta") }),
    wireFlag("grandchild", { prerequisites: needs("child") }),
    wireFlag("untouched"),
  ];

  async function listen() {
    const fixture = createFixture({ snapshot: wireSnapshot(flags, [beta]) });
    const client = fixture.connect();
    const updates: (readonly string[])[] = [];
    const stop = client.on("update", (keys) => void updates.push(keys));
    await client.waitForInitialization();
    const sync = async (...args: Parameters<typeof wireSnapshot>): Promise<void> => {
      fixture.service.sync(wireSnapshot(...args));
      await fixture.scheduler.advance(0);
    };
    return { ...fixture, client, updates, stop, sync };
  }

  it("tells no first flags, and of no change that is none (design: update)", async () => {
    const { client, updates, sync } = await listen();
    expect(updates).toEqual([]);
    await sync(flags, [beta]);
    await sync([...flags].reverse(), [beta]);
    expect(updates).toEqual([]);
    await client.close();
  });

  it("names flags by their own configuration, their segments and prerequisites at any distance", async () => {
    const { client, updates, sync } = await listen();
    const changed = wireFlag("own", { fallthrough: fixed("off") });
    await sync([changed, ...flags.slice(1)], [beta]);
    expect(updates).toEqual([["own"]]);
    expect(Object.isFrozen(updates[0])).toBe(true);

    await sync([changed, ...flags.slice(1)], [wireSegment("beta", { conditionLogic: "Or" })]);
    expect(updates[1]).toEqual(["in-beta", "child", "grandchild"]);

    await sync(flags.slice(1), [wireSegment("beta", { conditionLogic: "Or" })]);
    expect(updates[2], "deleted").toEqual(["own"]);

    await sync([...flags.slice(1), wireFlag("new")], [wireSegment("beta", { conditionLogic: "Or" })]);
    expect(updates[3], "created").toEqual(["new"]);

    await sync(flags.slice(1), []);
    expect([...updates[4]!].sort(), "a segment gone").toEqual(["child", "grandchild", "in-beta", "new"]);
    await client.close();
  });

  it("tells of whole flags and deletions that the stream brings", async () => {
    const { client, scheduler, service, updates } = await listen();
    service.send("flag.updated", wireFlag("child", { version: 2, enabled: false }));
    await scheduler.advance(0);
    service.send("flag.deleted", { key: "own", version: 3 });
    await scheduler.advance(0);
    expect(updates).toEqual([["child", "grandchild"], ["own"]]);
    await client.close();
  });

  it("sees the new flags, the client's status included, from within the listener", async () => {
    const { client, scheduler, sync } = await listen();
    const seen: unknown[] = [];
    client.on("update", () => seen.push(client.variation("own", {}, true), client.status.age));
    await scheduler.advance(20_000);
    await sync([wireFlag("own", { enabled: false })]);
    expect(seen).toEqual([false, 0]);
    await client.close();
  });

  it("isolates a listener whose promise is rejected, as one that throws", async () => {
    const { client, sync, logger } = await listen();
    client.on("update", () => Promise.reject(new Error("oops")));
    await sync([]);
    expect(logger.lines).toEqual(["warn: A listener failed: oops"]);
    await client.close();
  });

  it("isolates a listener that throws, and forgets one that was taken off or whose client is closed", async () => {
    const { client, connect, updates, stop, sync, logger } = await listen();
    const other = connect({ logger: createRecordingLogger() });
    const ofOther: unknown[] = [];
    other.on("update", (keys) => void ofOther.push(keys));
    const broken = (): never => {
      throw new Error("oops");
    };
    client.on("update", broken);
    const last: unknown[] = [];
    client.on("update", (keys) => void last.push(keys));
    await sync([]);
    expect([updates.length, last.length, ofOther.length]).toEqual([1, 1, 1]);
    expect(logger.lines).toEqual(["warn: A listener failed: oops"]);

    stop();
    stop();
    client.off("update", broken);
    await sync(flags);
    expect([updates.length, last.length, logger.lines.length]).toEqual([1, 2, 1]);

    await client.close();
    await sync([]);
    expect([last.length, ofOther.length]).toEqual([2, 3]);
    await other.close();
  });

  it("refuses a name that is no event", async () => {
    const { client } = await listen();
    for (const event of ["ready", "toString", ""] as string[] as "update"[]) {
      expect(() => client.on(event, () => {})).toThrow(TypeError);
      expect(() => client.off(event, () => {})).toThrow(TypeError);
    }
    await client.close();
  });
});

describe("on('status')", () => {
  it("tells of each change of state, mode and last error, and of nothing else (contract §6.2)", async () => {
    const { connect, scheduler, service } = createFixture();
    service.answer = () => new Response("", { status: 503 });
    const client = connect();
    const seen: ClientStatus[] = [];
    client.on("status", (status) => void seen.push(status));
    await scheduler.advance(90_000);
    expect(seen.map(({ state, mode }) => `${state} ${mode}`)).toContain("ERROR streaming");
    expect(seen.at(-1)).toMatchObject({ state: "ERROR", mode: "polling" });
    expect(seen.at(-1)?.modeReason).toContain("5 times in a row");

    service.answer = () => undefined;
    await scheduler.advance(60_000);
    const now = client.status;
    expect(now).toMatchObject({ state: "READY", mode: "streaming", source: "stream", version: 1 });
    expect(now.modeReason).toBe(undefined);
    expect(now.lastError).toBe(undefined);
    expect(Object.isFrozen(now)).toBe(true);
    expect(seen.at(-1)).toMatchObject({ state: "READY", mode: "streaming" });

    const before = seen.length;
    for (let time = 0; time < 5; time++) {
      service.send("ping", {});
      await scheduler.advance(30_000);
    }
    expect(seen).toHaveLength(before);
    await client.close();
  });

  it("goes FATAL only when the key is rejected and there is nothing to serve (contract §6.2)", async () => {
    const { connect, scheduler, service } = createFixture();
    service.rejectKey();
    const [bare, stocked] = [
      connect(),
      connect({ baseUrl: "https://b.example", bootstrap: service.snapshot }),
    ];
    await scheduler.advance(5_000);
    expect(bare.status.state).toBe("FATAL");
    expect(stocked.status).toMatchObject({ state: "READY", source: "bootstrap" });
    expect(stocked.status.lastError?.message).toContain("401");
    await scheduler.advance(90_000);
    expect(stocked.status.state).toBe("STALE");
    expect(stocked.variation("dark-mode", {}, false)).toBe(true);
    await Promise.all([bare.close(), stocked.close()]);
  });

  it("tells the age since something last confirmed the flags (contract §6.2)", async () => {
    const { connect, scheduler, service } = createFixture();
    const client = connect();
    expect(client.status.age).toBe(undefined);
    await client.waitForInitialization();
    await scheduler.advance(20_000);
    expect(client.status.age).toBe(20_000);
    service.send("ping", {});
    await scheduler.advance(1_000);
    expect(client.status.age).toBe(1_000);
    await client.close();
  });
});

describe("changes", () => {
  it("of a flag reach every handle at once", async () => {
    const { connect, scheduler, service } = createFixture();
    const [first, second] = [connect(), connect()];
    await first.waitForInitialization();
    service.send("flag.updated", conditionalFlag("dark-mode", []));
    await scheduler.advance(0);
    service.sync(wireSnapshot([wireFlag("dark-mode", { enabled: false })]));
    await scheduler.advance(0);
    expect([first, second].map((client) => client.variation("dark-mode", {}, true))).toEqual([false, false]);
    await Promise.all([first.close(), second.close()]);
  });
});
