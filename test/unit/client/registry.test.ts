import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";
import { createFixture, createRequestFixture } from "../../support/client-fixture.ts";

/** What other copies of this package find on `globalThis`. */
function registered(): ReadonlyMap<string, unknown> {
  const symbol = Symbol.for("@featureflip/sdk/registry/3");
  return (globalThis as { readonly [symbol]?: ReadonlyMap<string, unknown> })[symbol]!;
}

describe("coreFor()", () => {
  it("with one SDK key and base URL share a core (contract §6)", async () => {
    const { connect, service } = createFixture();
    const first = connect();
    const second = connect({ baseUrl: "https://eval.featureflip.io/" });
    await Promise.all([first.waitForInitialization(), second.waitForInitialization()]);
    expect(service.calls).toEqual(["GET /v1/sdk/stream"]);
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
    expect(service.calls).toHaveLength(3);
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
    expect(service.calls).toEqual(["GET /v1/sdk/stream"]);

    const same = createRecordingLogger();
    const third = connect({ logger: same, defaultContext: { plan: "pro", id: 1n } });
    expect(same.lines).toEqual([]);
    await Promise.all([first.close(), second.close(), third.close()]);
  });

  it("keeps the 32 cores that lost their last handle last, on a request-scoped runtime (contract §6.1)", async () => {
    const { connect, service, sdkKey } = createRequestFixture();
    const before = new Set(registered().keys());
    const cores = (): number => [...registered().keys()].filter((name) => !before.has(name)).length;
    const visit = async (tenant: number): Promise<void> => {
      const client = connect({ sdkKey: `${sdkKey}-${tenant}` });
      await client.waitForInitialization();
      expect(client.variation("dark-mode", {}, false)).toBe(true);
      await client.close();
    };
    const open = connect({ sdkKey: `${sdkKey}-open` });
    await open.waitForInitialization();
    for (let tenant = 0; tenant < 100; tenant++) await visit(tenant);
    expect(cores()).toBe(33); // and the one with a handle
    const requests = service.requests.length;
    for (let tenant = 68; tenant < 100; tenant++) await visit(tenant);
    await open.waitForInitialization();
    expect(service.requests.length - requests, "events alone").toBe(32);
    await visit(0);
    expect(service.requests.length - requests, "flags and events").toBe(34);
    await visit(69); // used again, so that 68 was the oldest
    await visit(68);
    expect(service.requests.length - requests).toBe(37);
    await open.close();
  });

  it("forgets cores whose handles were garbage-collected, before their finalizers run", () => {
    const { connect, sdkKey } = createRequestFixture();
    const before = new Set(registered().keys());
    const refs: { deref: () => unknown }[] = [];
    const real = globalThis.WeakRef;
    globalThis.WeakRef = class {
      #target: unknown;
      constructor(target: unknown) {
        this.#target = target;
        refs.push(this);
      }
      deref(): unknown {
        return this.#target;
      }
      collect(): void {
        this.#target = undefined;
      }
    } as unknown as typeof WeakRef;
    try {
      for (let tenant = 0; tenant < 100; tenant++) {
        connect({ sdkKey: `${sdkKey}-${tenant}` });
        for (const ref of refs) (ref as unknown as { collect(): void }).collect();
      }
    } finally {
      globalThis.WeakRef = real;
    }
    expect([...registered().keys()].filter((name) => !before.has(name)).length).toBeLessThanOrEqual(33);
  });

  it("registers a core by a digest of SDK key and base URL, while it lives (contract §6)", async () => {
    const { connect, sdkKey } = createFixture();
    const others = new Set(connect({ sdkKey: `${sdkKey}-other` }) && registered().keys());
    const client = connect();
    const names = [...registered().keys()].filter((name) => !others.has(name));
    expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(Object.getOwnPropertyDescriptor(globalThis, Symbol.for("@featureflip/sdk/registry/3"))?.enumerable)
      .toBe(false);
    expect(inspect(registered(), { showHidden: true, depth: Number.POSITIVE_INFINITY })).not.toContain(
      sdkKey,
    );
    await client.close();
    expect(registered().has(names[0]!)).toBe(false);
  });
});
