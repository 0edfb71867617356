import { OpenFeature } from "@openfeature/server-sdk";
import type { Client, EventDetails, ProviderEvents } from "@openfeature/server-sdk";
import { afterAll, describe, expect, it } from "vitest";
import { FeatureflipProvider } from "../../../../src/adapters/openfeature/mod.ts";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { settle } from "../../../support/manual-scheduler.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";
import { fixed, wireFlag, wireSnapshot } from "../../../support/wire.ts";
import { createFixture } from "../../../support/client-fixture.ts";
import type { Fixture } from "../../../support/client-fixture.ts";

let domains = 0;

afterAll(() => OpenFeature.close());

interface Stage {
  readonly client: Client;
  /** What OpenFeature's handlers were told, in order. */
  readonly told: string[];
}

/** A domain of its own whose events are written down. */
function stage(domain: string = `lifecycle-${++domains}`): Stage & { readonly domain: string } {
  const client = OpenFeature.getClient(domain);
  client.setLogger(createRecordingLogger());
  const told: string[] = [];
  const types = [
    "PROVIDER_READY",
    "PROVIDER_STALE",
    "PROVIDER_ERROR",
    "PROVIDER_CONFIGURATION_CHANGED",
  ] as `${ProviderEvents}`[] as ProviderEvents[];
  for (const type of types) {
    client.addHandler(type, (details) => {
      const { flagsChanged, providerName } = (details ?? {}) as EventDetails & { flagsChanged?: string[] };
      if (providerName !== "featureflip") return; // the provider before
      told.push([type.replace("PROVIDER_", ""), ...(flagsChanged ?? [])].join(" "));
    });
  }
  return { domain, client, told };
}

function serveOff(fixture: Fixture): void {
  fixture.service.sync(wireSnapshot([wireFlag("dark-mode", { fallthrough: fixed("off") })]));
}

describe("FeatureflipProvider, lifecycle", () => {
  it("is not ready before its flags have come, and then is (1.7.6, 1.7.3)", async () => {
    const { domain, client, told } = stage();
    const { connect, service, scheduler } = createFixture();
    let open = (): void => {};
    service.answer = (path) =>
      path.endsWith("/events") ? undefined : new Promise((_, reject) => {
        open = () => reject(new TypeError("connection lost"));
      });
    const ready = OpenFeature.setProviderAndWait(domain, new FeatureflipProvider({ client: connect() }));
    expect(client.providerStatus).toBe("NOT_READY");
    expect(await client.getBooleanDetails("dark-mode", false)).toMatchObject({
      value: false,
      reason: "ERROR",
      errorCode: "PROVIDER_NOT_READY",
    });
    await settle();
    service.answer = () => undefined;
    open();
    await scheduler.advance(5_000);
    await ready;
    expect(client.providerStatus).toBe("READY");
    expect(await client.getBooleanValue("dark-mode", false)).toBe(true);
    expect(told).toEqual(["READY"]);
  });

  it("reports which flags have changed", async () => {
    const { domain, client, told } = stage();
    const fixture = createFixture();
    await OpenFeature.setProviderAndWait(domain, new FeatureflipProvider({ client: fixture.connect() }));
    serveOff(fixture);
    await settle();
    expect(told).toEqual(["READY", "CONFIGURATION_CHANGED dark-mode"]);
    expect(await client.getBooleanValue("dark-mode", true)).toBe(false);
  });

  it("fails within initTimeout while the service is down, serves defaults, and heals by itself (1.7.4)", async () => {
    const { domain, client, told } = stage();
    const { connect, service, scheduler } = createFixture();
    service.answer = () => Promise.reject(new TypeError("connection refused"));
    const ready = OpenFeature.setProviderAndWait(domain, new FeatureflipProvider({ client: connect() }));
    const failure = ready.catch(String);
    await scheduler.advance(10_000);
    expect(await failure).toMatch(/No flags within 10000 ms/);
    expect(client.providerStatus).toBe("ERROR");
    expect(await client.getBooleanDetails("dark-mode", false)).toMatchObject({
      value: false,
      reason: "ERROR",
      errorCode: "PROVIDER_NOT_READY",
    });
    service.answer = () => undefined;
    await scheduler.advance(60_000);
    expect(client.providerStatus).toBe("READY");
    expect(await client.getBooleanValue("dark-mode", false)).toBe(true);
    expect(told).toEqual(["ERROR", "READY"]);
  });

  it("is fatal when the key is rejected and there is nothing to serve; a key that is taken again heals it (1.7.5, 1.7.7)", async () => {
    const { domain, client, told } = stage();
    const { connect, service, scheduler } = createFixture();
    service.rejectKey();
    const ready = OpenFeature.setProviderAndWait(domain, new FeatureflipProvider({ client: connect() }));
    expect(await ready.catch((error: unknown) => error)).toMatchObject({ code: "PROVIDER_FATAL" });
    expect(client.providerStatus).toBe("FATAL");
    expect(await client.getBooleanDetails("dark-mode", false)).toMatchObject({
      value: false,
      errorCode: "PROVIDER_FATAL",
    });
    service.answer = () => undefined;
    await scheduler.advance(61_000); // a rejected key is tried again after 30 s, and some
    expect(client.providerStatus).toBe("READY");
    expect(told).toEqual(["ERROR", "READY"]);
  });

  it("is not fatal while there are flags to serve", async () => {
    const { domain, client } = stage();
    const { connect, service, scheduler } = createFixture();
    const bootstrap = service.snapshot;
    service.rejectKey();
    await OpenFeature.setProviderAndWait(domain, new FeatureflipProvider({ client: connect({ bootstrap }) }));
    await scheduler.advance(1_000);
    expect(["READY", "STALE"]).toContain(client.providerStatus);
    expect(await client.getBooleanValue("dark-mode", false)).toBe(true);
  });

  it("is stale in an outage, and goes on serving (contract §6.2)", async () => {
    const { domain, client, told } = stage();
    const { connect, service, scheduler } = createFixture();
    await OpenFeature.setProviderAndWait(domain, new FeatureflipProvider({ client: connect() }));
    service.answer = () => Promise.reject(new TypeError("connection refused"));
    await scheduler.advance(300_000);
    expect(client.providerStatus).toBe("STALE");
    expect(await client.getBooleanValue("dark-mode", false)).toBe(true);
    service.answer = () => undefined;
    await scheduler.advance(120_000);
    expect(client.providerStatus).toBe("READY");
    expect(told).toEqual(["READY", "STALE", "READY"]);
  });

  it("records evaluations as variation() does, and what is tracked (contract §5)", async () => {
    const { domain, client } = stage();
    const { connect, service } = createFixture();
    const featureflip = connect();
    await OpenFeature.setProviderAndWait(domain, new FeatureflipProvider({ client: featureflip }));
    const user = { targetingKey: "u-1", userId: "u-2" };
    await client.getBooleanValue("dark-mode", false, user);
    await client.getStringValue("missing-flag", "default", {});
    client.track("purchase", user, { value: 99, currency: "EUR" });
    await featureflip.flush();
    expect(service.events.map(({ timestamp: _, ...event }) => event)).toEqual([
      { type: "Evaluation", flagKey: "dark-mode", userId: "u-1", variation: "on" },
      { type: "Evaluation", flagKey: "missing-flag" },
      { type: "Custom", flagKey: "purchase", userId: "u-1", metadata: { value: 99, currency: "EUR" } },
    ]);
    await featureflip.close();
  });

  it("sends what waits when it is replaced, and leaves a client that it was given open", async () => {
    const { domain, client } = stage();
    const { connect, service } = createFixture();
    const featureflip = connect();
    await OpenFeature.setProviderAndWait(domain, new FeatureflipProvider({ client: featureflip }));
    await client.getBooleanValue("dark-mode", false);
    await OpenFeature.setProviderAndWait(
      domain,
      new FeatureflipProvider({ client: createFixture().connect() }),
    );
    await settle();
    expect(service.events).toHaveLength(1);
    expect(featureflip.variation("dark-mode", {}, false)).toBe(true);
    await featureflip.close();
  });

  it("listens no more once it was replaced, though that was before its flags had come", async () => {
    const { connect, service, scheduler } = createFixture();
    service.answer = () => new Promise(() => {});
    const client = connect({ mode: "polling", connectTimeout: 1_000 });
    const provider = new FeatureflipProvider({ client });
    const initialized = provider.initialize();
    await provider.onClose();
    service.answer = () => undefined;
    await scheduler.advance(5_000);
    await initialized;
    const told: unknown[] = [];
    for (const type of ["PROVIDER_ERROR", "PROVIDER_CONFIGURATION_CHANGED"] as ProviderEvents[]) {
      provider.events.addHandler(type, (details) => void told.push(details));
    }
    service.snapshot = wireSnapshot([]);
    await client.refresh();
    expect(told).toEqual([]);
    await client.close();
  });

  it("closes a client that it has made", async () => {
    const { domain } = stage();
    const provider = new FeatureflipProvider({
      clientOptions: {
        mode: "offline",
        bootstrap: wireSnapshot([wireFlag("dark-mode")]),
      },
    });
    await OpenFeature.setProviderAndWait(domain, provider);
    expect(provider.client.variation("dark-mode", {}, false)).toBe(true);
    await provider.onClose();
    expect(provider.client.isInitialized).toBe(false);
  });

  it("emits the outcome of initialize() before it ends, once to each handler (2.8.2, 2.8.3)", async () => {
    const { connect, service, scheduler } = createFixture();
    const log: unknown[] = [];
    const listen = (provider: FeatureflipProvider): void => {
      for (const type of ["PROVIDER_READY", "PROVIDER_ERROR"] as `${ProviderEvents}`[] as ProviderEvents[]) {
        provider.events.addHandler(type, (details) => void log.push(type, details?.errorCode));
      }
    };
    // As an SDK that relies on the provider, which listens before.
    const ready = new FeatureflipProvider({ client: connect() });
    listen(ready);
    await ready.initialize().then(() => log.push("initialized"));
    expect(log.splice(0)).toEqual(["PROVIDER_READY", undefined, "initialized"]);
    service.rejectKey();
    const fatal = new FeatureflipProvider({ client: connect({ sdkKey: "sdk-rejected" }) });
    listen(fatal);
    await fatal.initialize().catch(() => log.push("failed"));
    expect(log.splice(0)).toEqual(["PROVIDER_ERROR", "PROVIDER_FATAL", "failed"]);
    // As today's SDK, which emits the outcome itself to those who listen when it has called initialize().
    service.answer = () => undefined;
    const today = new FeatureflipProvider({ client: connect({ sdkKey: "sdk-today" }) });
    const initialized = today.initialize();
    listen(today);
    await initialized;
    expect(log).toEqual([]);
    await scheduler.advance(1);
    await Promise.all([ready, fatal, today].map(({ client }) => client.close()));
  });

  it("can be initialized again after it was shut down (2.5.2)", async () => {
    const { client } = stage("again");
    const provider = new FeatureflipProvider({
      clientOptions: { mode: "offline", bootstrap: wireSnapshot([wireFlag("dark-mode")]) },
    });
    await OpenFeature.setProviderAndWait("again", provider);
    const first = provider.client;
    const other = new FeatureflipProvider({ client: FeatureflipClient.forTesting({}) });
    await OpenFeature.setProviderAndWait("again", other);
    await settle();
    expect(first.status.isClosed).toBe(true);
    await OpenFeature.setProviderAndWait("again", provider);
    expect(client.providerStatus).toBe("READY");
    expect(await client.getBooleanValue("dark-mode", false)).toBe(true);
    expect(provider.client).not.toBe(first);
    await provider.onClose();
  });

  it.each(["another", "the same"])(
    "starts again when it is set for %s domain after OpenFeature.close(), which does not initialize it",
    async (which) => {
      const provider = new FeatureflipProvider({
        clientOptions: { mode: "offline", bootstrap: wireSnapshot([wireFlag("dark-mode")]) },
      });
      const { domain, client, told } = stage();
      await OpenFeature.setProviderAndWait(which === "the same" ? domain : "closed", provider);
      const first = provider.client;
      await provider.onClose(); // as OpenFeature.close() does, which keeps the provider of the domain
      expect((await client.getBooleanDetails("dark-mode", false)).value).toBe(false);
      await OpenFeature.setProviderAndWait(domain, provider);
      expect(await client.getBooleanDetails("dark-mode", false)).toMatchObject({
        value: true,
        variant: "on",
      });
      expect(client.providerStatus).toBe("READY");
      expect(told).toContain("READY");
      expect(provider.client).not.toBe(first);
      await provider.onClose();
      expect(provider.client.status.isClosed).toBe(true);
    },
  );

  it("follows a given client again when it is set after OpenFeature.close()", async () => {
    const fixture = createFixture();
    const given = fixture.connect();
    const provider = new FeatureflipProvider({ client: given });
    await OpenFeature.setProviderAndWait("given", provider);
    await provider.onClose();
    const { domain, client, told } = stage();
    await OpenFeature.setProviderAndWait(domain, provider);
    await client.getBooleanValue("dark-mode", false);
    serveOff(fixture);
    await settle();
    expect(told).toContain("CONFIGURATION_CHANGED dark-mode");
    await provider.onClose();
    await given.close();
  });

  it("fails to initialize with a given client that its owner has closed", async () => {
    for (const options of [{}, { runtime: { hasBackground: false } }]) {
      const { connect } = createFixture(options);
      const closed = connect();
      await closed.close();
      const { domain, client, told } = stage();
      const failure = await OpenFeature.setProviderAndWait(
        domain,
        new FeatureflipProvider({ client: closed }),
      )
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: "InitializationError", reason: "CLOSED" });
      expect(client.providerStatus).toBe("ERROR");
      expect(told).toEqual(["ERROR"]);
    }
  });

  it("fetches the flags once in manual mode", async () => {
    const { domain, client } = stage();
    const { connect, service } = createFixture();
    await OpenFeature.setProviderAndWait(
      domain,
      new FeatureflipProvider({ client: connect({ mode: "manual" }) }),
    );
    expect(await client.getBooleanValue("dark-mode", false)).toBe(true);
    expect(service.calls).toEqual(["GET /v1/sdk/flags"]);
  });

  it("is ready at once on request-scoped runtimes, and loads within evaluations (contract §6.1)", async () => {
    const { domain, client } = stage();
    const { connect, service, scheduler } = createFixture({
      runtime: { hasBackground: false },
    });
    await OpenFeature.setProviderAndWait(domain, new FeatureflipProvider({ client: connect() }));
    expect(service.calls).toEqual([]);
    expect(client.providerStatus).toBe("READY");
    expect(await client.getBooleanValue("dark-mode", false)).toBe(true);
    expect(await client.getBooleanValue("dark-mode", false)).toBe(true);
    expect(service.calls).toEqual(["GET /v1/sdk/flags"]);
    await scheduler.advance(31_000);
    service.snapshot = wireSnapshot([wireFlag("dark-mode", { fallthrough: fixed("off") })]);
    await client.getBooleanValue("dark-mode", false);
    await settle();
    expect(await client.getBooleanValue("dark-mode", true)).toBe(false);
  });

  it("is not fatal on request-scoped runtimes, where a rejected key is retried", async () => {
    const { domain, client } = stage();
    const { connect, service, scheduler } = createFixture({
      runtime: { hasBackground: false },
    });
    service.rejectKey();
    await OpenFeature.setProviderAndWait(domain, new FeatureflipProvider({ client: connect() }));
    expect(await client.getBooleanValue("dark-mode", false)).toBe(false);
    expect(client.providerStatus).toBe("ERROR");
    service.answer = () => undefined;
    await scheduler.advance(61_000); // a rejected key is tried again after 30 s, and some
    expect(await client.getBooleanValue("dark-mode", false)).toBe(true);
    expect(client.providerStatus).toBe("READY");
  });

  it("survives handlers that fail", async () => {
    const { domain, client, told } = stage();
    const fixture = createFixture();
    const provider = new FeatureflipProvider({ client: fixture.connect() });
    const failures: unknown[] = [];
    provider.events.setLogger({
      debug() {},
      info() {},
      warn() {},
      error: (...args) => void failures.push(args),
    });
    await OpenFeature.setProviderAndWait(domain, provider);
    provider.events.addHandler("PROVIDER_CONFIGURATION_CHANGED" as ProviderEvents, () => {
      throw new Error("oops");
    });
    serveOff(fixture);
    await settle();
    expect(failures).toHaveLength(1);
    expect(told).toEqual(["READY", "CONFIGURATION_CHANGED dark-mode"]);
    expect(await client.getBooleanValue("dark-mode", true)).toBe(false);
  });

  it("refuses options that are wrong", () => {
    expect(() => new FeatureflipProvider({ clientOptions: { pollInterval: -1, sdkKey: "sdk-x" } })).toThrow(
      /pollInterval/,
    );
    const client = FeatureflipClient.forTesting({});
    expect(() => new FeatureflipProvider({ client })).not.toThrow();
    expect(() => new FeatureflipProvider(client as object)).toThrow("pass the client as { client }");
    expect(() => new FeatureflipProvider({ client, clientOptions: {} })).toThrow("must not both be given");
    expect(() => new FeatureflipProvider({ client: { ...client } as typeof client })).toThrow(
      "'client' must be a FeatureflipClient",
    );
    expect(() => new FeatureflipProvider({ sdkKey: "sdk-x" } as object)).toThrow("unknown option 'sdkKey'");
  });
});
