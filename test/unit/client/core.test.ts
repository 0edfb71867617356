import { describe, expect, it } from "vitest";
import { sharedStore } from "../../../src/adapters/stores/mod.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { conditionalFlag, wireFlag, wireSnapshot } from "../../support/wire.ts";
import { createFixture, createRequestFixture, rejection } from "../../support/client-fixture.ts";

describe("handles", () => {
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

  it("close with a time-out of its own when close() is called again (contract §6)", async () => {
    const { connect, scheduler, service } = createFixture();
    const client = connect();
    await client.waitForInitialization();
    client.track("bought", {});
    service.answer = (path) => path.endsWith("/events") ? new Promise(() => {}) : undefined;
    const ended: (number | undefined)[] = [];
    for (const timeout of [undefined, 500, 0]) {
      void client.close({ timeout }).then(() => ended.push(timeout));
    }
    await scheduler.advance(0);
    expect(ended).toEqual([0]);
    await scheduler.advance(500);
    expect(ended).toEqual([0, 500]);
    await scheduler.advance(4_500);
    expect(ended).toEqual([0, 500, undefined]);
    expect(scheduler.armed).toBe(0);
    await client.close();
    expect(scheduler.armed).toBe(0);
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
    expect(service.calls.filter((request) => request.endsWith("/stream"))).toHaveLength(2);
    expect(service.streams).toBe(1);
    await fresh.close();
    expect(service.streams).toBe(0);
  });

  it("closed before anything started make no request", async () => {
    const { connect, scheduler, service } = createFixture();
    await connect().close();
    await scheduler.advance(60_000);
    expect(service.calls).toEqual([]);
    expect(scheduler.armed).toBe(0);
  });

  it("refuse wrong time-outs", async () => {
    const { connect } = createFixture();
    const client = connect({ mode: "manual" });
    for (const timeout of [-1, Number.NaN, "5", null] as number[]) {
      for (const call of ["waitForInitialization", "flush"] as const) {
        const error = await rejection(client[call]({ timeout }));
        expect(error, `${call} ${timeout}`).toMatchObject({ code: "CONFIGURATION", option: "timeout" });
      }
    }
    expect(await rejection(client.waitForInitialization({ timeout: 0 }))).toMatchObject({
      option: "timeout",
    });
    for (const call of ["waitForInitialization", "flush"] as const) {
      const error = await rejection(client[call]({ timeoutMs: 5 } as object));
      expect(error.message).toContain("unknown option 'timeoutMs'. Known options: timeout");
    }
    await client.close();
  });

  it("close whatever the time-out is, and never reject (contract §6)", async () => {
    for (const timeout of [-1, Number.NaN, "5", null] as number[]) {
      const { connect, logger } = createFixture();
      const client = connect({ mode: "manual" });
      await client.close({ timeout });
      expect(client.status.isClosed).toBe(true);
      expect(logger.lines).toEqual([
        expect.stringMatching(
          /^warn: Cannot close client: 'timeout' must be .*; closing with the default timeout$/,
        ),
      ]);
    }
  });

  it("close at once with a time-out of 0, and treat Infinity as the longest (contract §6)", async () => {
    for (const timeout of [0, Number.POSITIVE_INFINITY]) {
      const { connect, logger, scheduler, service } = createFixture();
      service.answer = (path) => path.endsWith("/events") ? new Promise<Response>(() => {}) : undefined;
      // One request lasts as long as the longest wait: each attempt that ends costs the test another.
      const client = connect({ connectTimeout: 2 ** 31 });
      await client.waitForInitialization();
      client.track("bought", { user_id: "u1" });
      let isClosed = false;
      void client.close({ timeout }).then(() => isClosed = true);
      await scheduler.advance(0);
      expect(isClosed, `${timeout}`).toBe(timeout === 0);
      await scheduler.advance(2 ** 31);
      expect([isClosed, scheduler.armed, service.streams]).toEqual([true, 0, 0]);
      expect(logger.lines.filter((line) => line.includes("timeout"))).toEqual([]);
    }
  });

  it("tell their status listeners that they are closed (contract §6)", async () => {
    const { connect } = createFixture();
    const [client, other] = [connect(), connect()];
    await client.waitForInitialization();
    const seen: unknown[] = [];
    client.on("status", ({ isClosed, state }) => void seen.push([isClosed, state]));
    other.on("status", () => void seen.push("other"));
    await client.close();
    await client.close();
    expect(seen).toEqual([[true, "NOT_READY"]]);
    const { source, version, age, isClosed } = client.status;
    expect([source, version, age, isClosed]).toEqual([undefined, undefined, undefined, true]);
    expect(other.status).toMatchObject({ isClosed: false, state: "READY", version: 1 });
    await other.close();
  });

  it("treat null as no options of a call", async () => {
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

  it("keep the snapshot for the next request on request-scoped runtimes (contract §6.1)", async () => {
    const { connect, scheduler, service } = createRequestFixture();
    const first = connect();
    await first.waitForInitialization();
    first.track("bought", {});
    await first.close();
    expect(service.events).toHaveLength(1);
    const second = connect();
    expect(second.variation("dark-mode", {}, false)).toBe(true);
    await second.waitForInitialization();
    expect(service.calls.filter((request) => request.startsWith("GET"))).toEqual(["GET /v1/sdk/flags"]);
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
    expect(service.calls, "the refresh is under way").toHaveLength(2);
    await client.close();
    await scheduler.advance(0);
    expect(logger.lines).toEqual([]);
  });

  it("end all else when a shared store's watch can not be ended", async () => {
    const { connect, scheduler, service } = createFixture();
    const watch = () => (): never => {
      throw new Error("the connection has gone");
    };
    const client = connect({
      mode: "polling",
      store: sharedStore({ get: () => Promise.resolve(null), watch }),
    });
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
    expect(service.calls).toEqual(["GET /v1/sdk/flags", "GET /v1/sdk/flags"]);
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

describe("a snapshot that is sent again (contract §4, §6.2)", () => {
  it("confirms the flags: no update, the values stay the same objects, the age begins anew", async () => {
    const json = wireFlag("theme", {
      type: "Json",
      variations: [{ key: "on", value: { dark: true } }],
    });
    const snapshot = wireSnapshot([json]);
    const { connect, scheduler, service } = createFixture({ snapshot });
    const client = connect();
    await client.waitForInitialization();
    const value = client.jsonVariation("theme", {}, null);
    let updates = 0;
    client.on("update", () => updates++);
    await scheduler.advance(20_000);
    expect(client.status.age).toBe(20_000);
    service.sync(snapshot);
    await scheduler.advance(0);
    expect(updates).toBe(0);
    expect(client.status).toMatchObject({ state: "READY", source: "stream", age: 0 });
    expect(client.jsonVariation("theme", {}, null)).toBe(value);

    service.send("flag.updated", {
      ...json,
      version: 2,
      variations: [{ key: "on", value: { dark: false } }],
    });
    await scheduler.advance(0);
    service.sync(snapshot);
    await scheduler.advance(0);
    expect(client.jsonVariation("theme", {}, null)).toEqual({ dark: true });
    expect(client.jsonVariation("theme", {}, null)).not.toBe(value);
    expect(updates).toBe(2);
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
