import type { SnapshotInput } from "../../../src/contract/wire.ts";
import { describe, expect, it } from "vitest";
import { memoryStore } from "../../../src/adapters/stores/memory-store.ts";
import { FeatureflipClient } from "../../../src/client/client.ts";
import type { FeatureflipOptions } from "../../../src/client/options.ts";
import { ConfigurationError } from "../../../src/errors/configuration-error.ts";
import { InitializationError } from "../../../src/errors/initialization-error.ts";
import { fakeResponse } from "../../support/fake-response.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";
import type { WireSnapshot } from "../../support/wire.ts";
import { createFixture, createRequestFixture, rejection } from "../../support/client-fixture.ts";

const BOOTSTRAP = wireSnapshot([wireFlag("from-bootstrap")]);

function never(): Promise<never> {
  return new Promise(() => {});
}

describe("waitForInitialization()", () => {
  it("rejects after initTimeout, and the client heals by itself (contract §4)", async () => {
    const { connect, scheduler, service, sdkKey } = createFixture();
    service.answer = () => new Response("", { status: 503 });
    const client = connect({ initTimeout: 3_000 });
    const waiting = rejection(client.waitForInitialization());
    const patient = client.waitForInitialization({ timeout: 120_000 });
    await scheduler.advance(3_000);
    const error = await waiting;
    expect(error).toBeInstanceOf(InitializationError);
    expect(error).toMatchObject({ code: "INITIALIZATION", cause: { code: "REQUEST_FAILED", status: 503 } });
    expect(error.message).toContain("No flags within 3000 ms");
    expect(error.message).toContain("503");
    expect(error.message).not.toContain(sdkKey);
    expect(client.variation("dark-mode", {}, false)).toBe(false);

    service.answer = () => undefined;
    await scheduler.advance(60_000);
    await patient;
    expect(client.variation("dark-mode", {}, false)).toBe(true);
    await client.waitForInitialization();
    await client.close();
    expect(scheduler.armed).toBe(0);
  });

  it("keeps a process alive while a caller waits, and no longer", async () => {
    const { connect, scheduler, service } = createFixture();
    service.answer = never;
    const client = connect();
    expect(scheduler.keepingAlive).toBe(0);
    const waiting = rejection(client.waitForInitialization());
    expect(scheduler.keepingAlive).toBe(1);
    await scheduler.advance(10_000);
    await waiting;
    expect(scheduler.keepingAlive).toBe(0);
    await client.close();
  });

  it("rejects at once when the key is rejected, and when it already was (contract §1)", async () => {
    const { connect, scheduler, service, logger, sdkKey } = createFixture();
    service.rejectKey();
    const client = connect();
    const error = await rejection(client.waitForInitialization());
    expect(error).toBeInstanceOf(InitializationError);
    expect(error).toMatchObject({ cause: { keyRejected: true, status: 401 } });
    await rejection(client.waitForInitialization());
    expect(scheduler.elapsed).toBe(0);
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]).toMatch(/^error: .*SDK key was rejected/);
    expect(logger.lines.join()).not.toContain(sdkKey);

    service.answer = () => undefined;
    await scheduler.advance(40_000);
    expect(client.isInitialized).toBe(true);
    await client.close();
  });

  it("rejects when the client is closed, before and meanwhile, whatever other handles do", async () => {
    const { connect, scheduler, service } = createFixture();
    service.answer = never;
    const [first, second] = [connect(), connect()];
    const [ofFirst, ofSecond] = [
      rejection(first.waitForInitialization()),
      rejection(second.waitForInitialization()),
    ];
    await first.close();
    expect((await ofFirst).message).toContain("closed");
    expect((await rejection(first.waitForInitialization())).message).toContain("closed");
    expect(second.status.state).toBe("NOT_READY");
    await second.close();
    expect(await ofSecond).toBeInstanceOf(InitializationError);
    expect(scheduler.armed).toBe(0);
  });

  it("leaves no unhandled rejection when its result is ignored", async () => {
    const unhandled: unknown[] = [];
    const listen = (event: PromiseRejectionEvent): void => {
      event.preventDefault();
      unhandled.push(event.reason);
    };
    const onNode = (reason: unknown): void => void unhandled.push(reason);
    const { process } = globalThis as { process?: NodeJS.Process };
    process?.on("unhandledRejection", onNode);
    globalThis.addEventListener?.("unhandledrejection", listen);
    try {
      const { connect, scheduler, service } = createFixture();
      service.rejectKey();
      const bootstrap = () => Promise.reject(new Error("no bootstrap"));
      const clients = [
        connect(),
        connect({ baseUrl: "https://b.example", bootstrap }),
        connect({ baseUrl: "https://c.example", mode: "lazy", bootstrap }),
        connect({ baseUrl: "https://d.example", mode: "polling" }),
      ];
      for (const client of clients) void client.waitForInitialization();
      await scheduler.advance(20_000);
      for (const client of clients) void client.waitForInitialization();
      for (const client of clients) void client.close();
      await scheduler.advance(20_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(unhandled).toEqual([]);
    } finally {
      process?.off("unhandledRejection", onNode);
      globalThis.removeEventListener?.("unhandledrejection", listen);
    }
  });
});

describe("create()", () => {
  it("closes the client when its first flags do not come", async () => {
    const requests: string[] = [];
    const refuse = ((url: string) => {
      requests.push(url);
      return Promise.resolve(new Response("{}", { status: 401 }));
    }) as typeof fetch;
    const options: FeatureflipOptions = {
      sdkKey: "sdk-create-7f3a9c",
      baseUrl: "https://flags.example",
      fetch: refuse,
      logger: createRecordingLogger(),
    };
    expect(await rejection(FeatureflipClient.create(options))).toBeInstanceOf(InitializationError);
    expect(requests).toHaveLength(1);
    const next = new FeatureflipClient(options);
    expect(next.status.lastError, "another core").toBe(undefined);
    await next.close();
  });

  it("fetches once in mode 'manual'", async () => {
    const requests: string[] = [];
    const fetch = ((url: string) => {
      requests.push(new URL(url).pathname);
      return Promise.resolve(Response.json(wireSnapshot([wireFlag("dark-mode")])));
    }) as typeof globalThis.fetch;
    const sdkKey = "sdk-create-manual-5b1d";
    const client = await FeatureflipClient.create({ sdkKey, mode: "manual", sendEvents: false, fetch });
    expect(client.isInitialized).toBe(true);
    expect(requests).toEqual(["/v1/sdk/flags"]);
    await client.close();
  });

  it("rejects in mode 'manual' as soon as the fetch has failed", async () => {
    const fetch = (() => Promise.resolve(new Response("", { status: 503 }))) as typeof globalThis.fetch;
    const sdkKey = "sdk-create-manual-91fe";
    const options: FeatureflipOptions = { sdkKey, mode: "manual", fetch, logger: createRecordingLogger() };
    const error = await rejection(FeatureflipClient.create(options));
    expect(error).toBeInstanceOf(InitializationError);
    expect(error.message).toContain("503");
    expect(error.message).not.toContain(sdkKey);
  });

  it("rejects with a ConfigurationError for wrong options", async () => {
    const error = await rejection(FeatureflipClient.create({ sdkKey: "sdk", maxAge: -1 }));
    expect(error).toBeInstanceOf(ConfigurationError);
  });
});

describe("mode 'manual'", () => {
  it("fetches when refresh() is called, and never of its own accord (contract §7)", async () => {
    const { connect, scheduler, service } = createFixture();
    const client = connect({ mode: "manual", sendEvents: false });
    const waiting = client.waitForInitialization({ timeout: 1_000_000 });
    await scheduler.advance(600_000);
    expect(service.calls).toEqual([]);
    await client.refresh();
    await waiting;
    expect(service.calls).toEqual(["GET /v1/sdk/flags"]);
    expect(client.variation("dark-mode", {}, false)).toBe(true);
    expect(client.status).toMatchObject({ mode: "manual", source: "fetch", state: "READY" });
    expect(client.status).not.toHaveProperty("modeReason");

    service.snapshot = wireSnapshot([]);
    await scheduler.advance(600_000);
    expect(client.variation("dark-mode", {}, false)).toBe(true);
    await client.refresh();
    expect(client.variation("dark-mode", {}, true)).toBe(true);
    expect(client.variationDetail("dark-mode", {}, true).reason).toBe("FLAG_NOT_FOUND");
    await client.close();
  });

  it("says in the error that refresh() is what fetches", async () => {
    const { connect, scheduler } = createFixture();
    const client = connect({ mode: "manual" });
    const waiting = rejection(client.waitForInitialization());
    await scheduler.advance(10_000);
    expect((await waiting).message).toContain("refresh()");
    await client.close();
  });

  it("tolerates the same of an answer with a store as without (contract §2.1)", async () => {
    const { connect, service } = createFixture();
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    const body = JSON.stringify(service.snapshot).replace("{", `{"unknown":${deep},`);
    service.answer = () => fakeResponse(200, { "content-type": "application/json" }, body);
    for (const store of [undefined, memoryStore()]) {
      const client = connect({ mode: "manual", store });
      await client.refresh();
      expect(client.variation("dark-mode", {}, false)).toBe(true);
      await client.close();
    }
  });

  it("keeps what is served when a refresh fails (contract §6.2)", async () => {
    const { connect, service } = createFixture();
    const client = connect({ mode: "manual", sendEvents: false });
    await client.refresh();
    service.answer = () => new Response("<html>", { headers: { "content-type": "text/html" } });
    expect(await rejection(client.refresh())).toMatchObject({ code: "REQUEST_FAILED" });
    expect(client.variation("dark-mode", {}, false)).toBe(true);
    expect(client.status).toMatchObject({ state: "READY", lastError: { code: "REQUEST_FAILED" } });
    await client.close();
    expect(await rejection(client.refresh())).toMatchObject({ code: "CLIENT_CLOSED" });
  });

  it("does not wait on request-scoped runtimes, where no other request can end the wait (contract §6.1)", async () => {
    const { connect, scheduler } = createRequestFixture();
    const client = connect({ mode: "manual" });
    expect((await rejection(client.waitForInitialization())).message).toContain("refresh()");
    expect(scheduler.armed).toBe(0);
    await client.refresh();
    await client.waitForInitialization();
    await client.close();
  });
});

describe("mode 'offline'", () => {
  it("serves defaults without a bootstrap, and makes no request (contract §7)", async () => {
    const { connect, scheduler, service } = createFixture();
    const client = connect({ mode: "offline" });
    await client.waitForInitialization();
    client.track("bought", {});
    expect(client.variationDetail("dark-mode", {}, false).reason).toBe("FLAG_NOT_FOUND");
    expect(client.isInitialized).toBe(true);
    expect(client.status).toMatchObject({ state: "READY", mode: "offline", source: "bootstrap" });
    expect(await rejection(client.refresh())).toMatchObject({ code: "REQUEST_FAILED" });
    await scheduler.advance(600_000);
    await client.close();
    expect([service.calls, scheduler.armed]).toEqual([[], 0]);
  });

  it("serves what a bootstrap function gives, and defaults when it fails", async () => {
    for (const runtime of [{}, { hasBackground: false }]) {
      const { connect, logger, service, scheduler } = createFixture({ runtime });
      const client = connect({ mode: "offline", bootstrap: () => Promise.resolve(BOOTSTRAP) });
      await client.waitForInitialization();
      expect(client.variation("from-bootstrap", {}, false)).toBe(true);
      const failing = connect({
        mode: "offline",
        bootstrap() {
          throw new Error("no such file");
        },
      });
      await failing.waitForInitialization();
      expect(failing.variationDetail("from-bootstrap", {}, false).reason).toBe("FLAG_NOT_FOUND");
      expect(logger.lines).toEqual([
        "warn: Ignoring 'bootstrap': its function returned no snapshot: no such file",
        'warn: Unknown flag "from-bootstrap", returning the default: check the key',
      ]);
      await Promise.all([client.close(), failing.close()]);
      expect([service.calls, scheduler.armed]).toEqual([[], 0]);
    }
  });
});

describe("bootstrap", () => {
  it("is served until the service has been heard (contract §4, initial load)", async () => {
    const { connect, service } = createFixture();
    const client = connect({ bootstrap: BOOTSTRAP });
    expect(client.isInitialized).toBe(true);
    expect(client.variation("from-bootstrap", {}, false)).toBe(true);
    expect(client.status).toMatchObject({ source: "bootstrap", state: "READY" });
    const update = new Promise((resolve) => client.on("update", resolve));
    await client.waitForInitialization();
    expect(await update).toEqual(["from-bootstrap", "dark-mode"]);
    expect(client.variation("dark-mode", {}, false)).toBe(true);
    expect(service.calls).toEqual(["GET /v1/sdk/stream"]);
    await client.close();
  });

  it("stays the caller's: it is neither frozen nor changed", async () => {
    const { connect } = createFixture();
    const value = { theme: { colors: ["red"] } };
    const given = wireSnapshot([wireFlag("config", { variations: [{ key: "on", value }] })]);
    const before = structuredClone(given);
    const client = connect({ mode: "manual", bootstrap: given });
    expect(client.variation("config", {}, null)).toEqual(value);
    expect(given).toEqual(before);
    value.theme.colors.push("blue");
    expect(client.variation("config", {}, null)).toEqual({ theme: { colors: ["red"] } });
    await client.close();
  });

  it("that is not a snapshot is a ConfigurationError that names the path", () => {
    const { connect, sdkKey } = createFixture();
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const wrong: [object, string][] = [
      [{}, "flags must be a list, but is missing"],
      [
        { flags: [{ ...wireFlag("a"), enabled: "yes" }], segments: [] },
        `flags[0].enabled must be true or false, but is "yes"`,
      ],
      [{ flags: sdkKey, segments: [] }, "flags must be a list"],
      [{ flags: [1n], segments: [] }, "flags[0] must be an object"],
      [{ flags: [{ ...wireFlag("a"), variations: [{ key: "v", value: 1n }] }], segments: [] }, "BigInt"],
      [cyclic, "must be a snapshot"],
    ];
    for (const [bootstrap, problem] of wrong) {
      let error: unknown;
      try {
        connect({ bootstrap: bootstrap as SnapshotInput });
      } catch (caught) {
        error = caught;
      }
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error).toMatchObject({ option: "bootstrap" });
      expect(String(error)).toContain(problem);
      expect(String(error)).not.toContain(sdkKey);
    }
  });

  it("is checked for every handle, also where a core is shared that needs none, and once for each object", async () => {
    const { connect, logger } = createFixture();
    const first = connect({ bootstrap: BOOTSTRAP });
    expect(() => connect({ bootstrap: { flags: 7 } as unknown as SnapshotInput })).toThrow(
      "flags must be a list, but is 7",
    );
    let reads = 0;
    const bootstrap = {
      ...BOOTSTRAP,
      get flags() {
        reads++;
        return [];
      },
    };
    const others = [connect({ bootstrap }), connect({ bootstrap }), connect({ bootstrap: () => BOOTSTRAP })];
    expect(reads).toBe(1);
    expect(logger.lines).toEqual([]);
    expect(others.map((client) => client.variation("from-bootstrap", {}, false))).toEqual([true, true, true]);
    await Promise.all([first, ...others].map((client) => client.close()));
  });

  it("logs what is left out to its own handle's logger", async () => {
    const { connect, logger } = createFixture();
    const bootstrap = wireSnapshot([wireFlag("a", { fallthrough: { type: "Sticky" } }), wireFlag("b")]);
    const client = connect({ mode: "manual", bootstrap });
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]).toContain(`"a"`);
    expect(Object.keys(client.allFlags({}))).toEqual(["b"]);
    await client.close();
  });

  it("may be a function that gives a snapshot, now or later", async () => {
    for (const bootstrap of [() => BOOTSTRAP, () => Promise.resolve(BOOTSTRAP)]) {
      const { connect, service } = createFixture();
      service.answer = never;
      const client = connect({ bootstrap, sendEvents: false });
      expect(client.isInitialized).toBe(false);
      await client.waitForInitialization();
      expect(client.variation("from-bootstrap", {}, false)).toBe(true);
      expect(client.status.source).toBe("bootstrap");
      await client.close();
    }
  });

  it("as a function is called once per core", async () => {
    const { connect, scheduler } = createFixture();
    let calls = 0;
    const bootstrap = () => {
      calls++;
      return BOOTSTRAP;
    };
    const clients = [connect({ bootstrap }), connect({ bootstrap })];
    expect(calls).toBe(0);
    await Promise.all(clients.map((client) => client.waitForInitialization()));
    await scheduler.advance(60_000);
    expect(calls).toBe(1);
    await Promise.all(clients.map((client) => client.close()));
  });

  it("as a function that is late gives way to what is served (contract §4)", async () => {
    const { connect, scheduler } = createFixture();
    let give = (_: WireSnapshot): void => {};
    const client = connect({ bootstrap: () => new Promise((resolve) => give = resolve) });
    await client.waitForInitialization();
    give(BOOTSTRAP);
    await scheduler.advance(0);
    expect(client.status.source).toBe("stream");
    expect(client.variation("from-bootstrap", {}, false)).toBe(false);
    await client.close();
  });

  it("as a function that fails costs one warning, without the SDK key", async () => {
    const { connect, logger, scheduler, sdkKey } = createFixture();
    const client = connect({
      mode: "manual",
      bootstrap: () => Promise.reject(new Error(`GET https://kv.example/${sdkKey} failed`)),
    });
    await scheduler.advance(60_000);
    expect(logger.lines).toEqual([
      "warn: Ignoring 'bootstrap': its function returned no snapshot: GET https://kv.example/[SDK key] failed",
    ]);
    expect(client.status.state).toBe("NOT_READY");
    await client.close();
  });

  it("as a function that gives no snapshot costs one warning that names the path", async () => {
    for (const given of [undefined, null, "{}", { flags: {} }]) {
      const { connect, logger, service } = createFixture();
      const client = connect({ bootstrap: () => given as unknown as SnapshotInput });
      await client.waitForInitialization();
      expect(logger.lines).toHaveLength(1);
      expect(logger.lines[0]).toMatch(/(the payload|flags) must be (an object|a list)/);
      expect(service.calls).toHaveLength(1);
      await client.close();
    }
  });

  it("as a function that throws a value other than an Error breaks nothing", async () => {
    const { connect, logger } = createFixture();
    const client = connect({
      bootstrap() {
        throw Object.create(null);
      },
    });
    await client.waitForInitialization();
    expect(logger.lines).toHaveLength(1);
    await client.close();
  });
});

describe("mode 'lazy' on request-scoped runtimes", () => {
  it("does nothing before the first request waits (contract §6)", async () => {
    const { connect, scheduler, service } = createRequestFixture();
    const client = connect();
    client.variation("dark-mode", {}, false);
    await scheduler.advance(60_000);
    expect([service.calls, scheduler.armed]).toEqual([[], 0]);
    expect(client.status.mode).toBe("lazy");
    await client.close();
  });

  it("loads in the request that waits, and costs nothing while flags are fresh (contract §6.1)", async () => {
    const { connect, scheduler, service } = createRequestFixture();
    const client = connect({ maxAge: 10_000 });
    await client.waitForInitialization();
    await client.waitForInitialization();
    expect(service.calls).toEqual(["GET /v1/sdk/flags"]);
    expect(client.variation("dark-mode", {}, false)).toBe(true);

    service.snapshot = wireSnapshot([wireFlag("dark-mode", { enabled: false })]);
    await scheduler.advance(10_000);
    await client.waitForInitialization();
    expect(client.variation("dark-mode", {}, true)).toBe(false);
    await client.close();
    expect(scheduler.armed).toBe(0);
  });

  it("refreshes behind the answer by the handle's own waitUntil (contract §6.1)", async () => {
    const { connect, scheduler, service } = createRequestFixture();
    const behind: Promise<unknown>[] = [];
    const client = connect({ maxAge: 10_000, waitUntil: (work) => void behind.push(work) });
    await client.waitForInitialization();
    service.snapshot = wireSnapshot([]);
    await scheduler.advance(10_000);
    await client.waitForInitialization();
    expect(client.variation("dark-mode", {}, false, { track: false }), "used as it is").toBe(true);
    expect(behind).toHaveLength(2); // the first load, and the refresh
    await behind[1];
    expect(client.variationDetail("dark-mode", {}, false).reason).toBe("FLAG_NOT_FOUND");
    await client.close();
  });

  it("loads and refreshes where the host's waitUntil refuses, as without one (contract §6.1)", async () => {
    const { connect, logger, scheduler, service } = createRequestFixture();
    const waitUntil = (): never => {
      throw new TypeError("Illegal invocation");
    };
    const client = connect({ store: memoryStore(), waitUntil });
    await client.waitForInitialization();
    expect(client.variation("dark-mode", {}, false)).toBe(true);
    service.snapshot = wireSnapshot([wireFlag("dark-mode", { enabled: false })]);
    await scheduler.advance(31_000);
    await client.waitForInitialization();
    expect(client.variation("dark-mode", {}, true)).toBe(false);
    expect(logger.lines).toEqual([]);
    await client.close();
  });

  it("rejects with the cause when nothing is stored and nothing can be loaded", async () => {
    const { connect, scheduler, service } = createRequestFixture();
    service.answer = never;
    const client = connect();
    const waiting = rejection(client.waitForInitialization());
    await scheduler.advance(3_000);
    const error = await waiting;
    expect(error).toBeInstanceOf(InitializationError);
    expect(error).toMatchObject({ cause: { code: "REQUEST_FAILED" } });
    await client.close();
    expect(scheduler.armed).toBe(0);
  });

  it("says once that streaming and polling need a background (contract §7)", async () => {
    for (
      const [options, asked] of [[{ mode: "streaming" }, "streaming"], [
        { streaming: false },
        "polling",
      ]] as const
    ) {
      const { connect, logger } = createRequestFixture();
      const client = connect(options);
      await client.waitForInitialization();
      await client.waitForInitialization();
      expect(logger.lines).toHaveLength(1);
      expect(logger.lines[0]).toContain(asked);
      expect(client.status).toMatchObject({ mode: "lazy", state: "READY" });
      expect(client.status.modeReason).toContain(asked);
      await client.close();
    }
  });

  it("asks a bootstrap function in each request until there is something to serve", async () => {
    const { connect, logger, scheduler, service } = createRequestFixture();
    service.answer = () => new Response("", { status: 503 });
    let calls = 0;
    const client = connect({
      bootstrap() {
        if (++calls < 3) return Promise.reject(new Error("KV is down"));
        return BOOTSTRAP;
      },
    });
    await rejection(client.waitForInitialization());
    await rejection(client.waitForInitialization());
    expect(logger.lines.filter((line) => line.includes("KV is down"))).toHaveLength(1);
    await client.waitForInitialization();
    await client.waitForInitialization();
    expect(calls).toBe(3);
    expect(client.variation("from-bootstrap", {}, false)).toBe(true);
    await client.close();
    expect(scheduler.armed).toBe(0);
  });

  it("shares no promise of the bootstrap function between requests (contract §6.1)", async () => {
    const { connect, scheduler, service } = createRequestFixture();
    service.answer = never;
    let calls = 0;
    const bootstrap = () => ++calls === 1 ? never() : BOOTSTRAP;
    const client = connect({ bootstrap, waitUntil: () => {} });
    const first = client.waitForInitialization();
    await scheduler.advance(0);
    await client.waitForInitialization({ timeout: 2_000 });
    expect(calls).toBe(2);
    expect(client.isInitialized).toBe(true);
    await scheduler.advance(1_500);
    await first; // its own call never settled, but there are flags by then
    await client.close();
  });

  it("keeps to the time-out where nothing can run behind the answer", async () => {
    const { connect, scheduler, service } = createRequestFixture();
    service.answer = never;
    const client = connect({ bootstrap: BOOTSTRAP, sendEvents: false });
    const waiting = client.waitForInitialization({ timeout: 100 });
    await scheduler.advance(100);
    await waiting;
    expect(scheduler.armed).toBe(0);
    await client.close();
  });

  it("leaves half of the request's time for a load when the bootstrap function hangs", async () => {
    const { connect, scheduler } = createRequestFixture();
    const client = connect({ bootstrap: never });
    const waiting = client.waitForInitialization({ timeout: 2_000 });
    await scheduler.advance(1_000);
    await waiting;
    expect(client.variation("dark-mode", {}, false)).toBe(true);
    await client.close();
    expect(scheduler.armed).toBe(0);
  });
});
