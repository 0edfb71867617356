import type { ReadonlyHeaders, ReadonlyRequestCookies } from "flags";
import { dedupe, evaluate, flag } from "flags/next";
import { describe, expect, expectTypeOf, it } from "vitest";
import { createFeatureflipAdapter, getProviderData } from "../../../../src/adapters/flags-sdk/mod.ts";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import type { InspectedEvaluation } from "../../../../src/events/inspectors.ts";
import { fakeResponse } from "../../../support/fake-response.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";
import { conditionalFlag, fixed, wireFlag, wireSnapshot } from "../../../support/wire.ts";
import { createFixture, createRequestFixture } from "../../../support/client-fixture.ts";

interface User {
  readonly user_id: string | null;
}

function identify({ headers }: { headers: Headers | { get(name: string): string | null } }): User {
  return { user_id: headers.get("x-user") };
}

function requestOf(user: string): Request {
  return new Request("http://localhost/", { headers: { "x-user": user } });
}

const SNAPSHOT = wireSnapshot([
  conditionalFlag("dark-mode", [{ attribute: "user_id", operator: "Equals", values: ["ada"] }]),
  wireFlag("limit", { type: "Number", variations: [{ key: "on", value: 100 }] }),
  wireFlag("__proto__", { type: "String", variations: [{ key: "on", value: "own" }] }),
]);

describe("createFeatureflipAdapter()", () => {
  it("decides a flag for whom identify() says, and records it", async () => {
    const { connect, service } = createFixture({ snapshot: SNAPSHOT });
    const client = connect();
    const featureflip = createFeatureflipAdapter({ client });
    const darkMode = flag<boolean, User>({
      key: "dark-mode",
      adapter: featureflip(),
      identify,
      defaultValue: false,
    });
    expect(await darkMode(requestOf("ada"))).toBe(true);
    expect(await darkMode(requestOf("grace"))).toBe(false);
    expectTypeOf(darkMode(requestOf("ada"))).toEqualTypeOf<Promise<boolean>>();
    await client.flush();
    expect(service.events.map(({ userId, variation }) => [userId, variation])).toEqual([
      ["ada", "on"],
      ["grace", "off"],
    ]);
    await client.close();
  });

  it("answers the default of a flag that is unknown, or serves another type (contract §3.1)", async () => {
    const featureflip = createFeatureflipAdapter({
      client: FeatureflipClient.forTesting({ "rate-limit": 100 }, { logger: createRecordingLogger() }),
    });
    const unknown = flag<number>({ key: "no-such-flag", adapter: featureflip, defaultValue: 7 });
    const mistyped = flag<string>({ key: "rate-limit", adapter: featureflip, defaultValue: "seven" });
    expect(await unknown(requestOf("ada"))).toBe(7);
    expect(await mistyped(requestOf("ada"))).toBe("seven");
    const without = flag<number>({ key: "no-such-flag", adapter: featureflip });
    expect(await without(requestOf("ada")).catch(String)).toMatch(/no-such-flag/);
  });

  it("decides all flags of evaluate() together, in one version of the flags", async () => {
    const events: InspectedEvaluation[] = [];
    const { connect } = createFixture({ snapshot: SNAPSHOT });
    const client = connect({ inspectors: [(event) => void events.push(event)] });
    const featureflip = createFeatureflipAdapter({ client });
    const declare = <T>(key: string, defaultValue: T) =>
      flag<T, User>({ key, adapter: featureflip<T, User>(), identify, defaultValue });
    const [dark, limit, own, unknown] = await evaluate([
      declare("dark-mode", false),
      declare("limit", 10),
      declare("__proto__", "default"),
      declare("no-such-flag", "default"),
    ], requestOf("ada"));
    expect([dark, limit, own, unknown]).toEqual([true, 100, "own", "default"]);
    const adapter = featureflip<unknown, User>();
    expect(adapter.adapterId).toBe(featureflip().adapterId);
    expect(adapter.adapterId).not.toBe(createFeatureflipAdapter({ client })().adapterId);
    expect(new Set(events.map(({ context }) => context.user_id))).toEqual(new Set(["ada"]));
    await client.close();
  });

  it("names where flags are managed", () => {
    const plain = flag<boolean>({ key: "dark-mode", adapter: createFeatureflipAdapter() });
    expect(plain.origin).toEqual({ provider: "featureflip" });
    const origin = (key: string): string => `https://flags.example/${key}`;
    const linked = flag<boolean>({ key: "dark-mode", adapter: createFeatureflipAdapter({ origin }) });
    expect(linked.origin).toBe("https://flags.example/dark-mode");
  });

  it("makes its client with the first flag that is asked for, loads within the request, and shares it", async () => {
    const { service, sdkKey } = createFixture({
      snapshot: wireSnapshot([wireFlag("dark-mode", { fallthrough: fixed("on") })]),
    });
    const { fetch } = service;
    const featureflip = createFeatureflipAdapter({
      clientOptions: { sdkKey, fetch, mode: "lazy", sendEvents: false, logger: createRecordingLogger() },
    });
    const first = flag<boolean>({ key: "dark-mode", adapter: featureflip, defaultValue: false });
    const second = flag<boolean>({ key: "dark-mode", adapter: featureflip(), defaultValue: false });
    expect(service.calls).toEqual([]);
    expect(await first(requestOf("ada"))).toBe(true);
    expect(await second(requestOf("ada"))).toBe(true);
    expect(service.calls).toEqual(["GET /v1/sdk/flags"]);
  });

  it("lets events leave that an earlier request could not send, though it records none (contract §5, §6.1)", async () => {
    const { connect, scheduler, service } = createRequestFixture({ runtime: { waitUntil: () => () => {} } });
    const client = connect({ evaluationEvents: "none" });
    const adapter = createFeatureflipAdapter({ client });
    const darkMode = flag<boolean>({ key: "dark-mode", adapter, defaultValue: false });
    await darkMode(requestOf("ada"));
    client.track("bought", {});
    service.answer = (path) => path.endsWith("/events") ? fakeResponse(503, {}, "") : undefined;
    await scheduler.advance(60_000);
    expect(service.events).toEqual([]);
    service.answer = () => undefined;
    await darkMode(requestOf("ada"));
    await scheduler.advance(0);
    expect(service.events.map(({ flagKey }) => flagKey)).toEqual(["bought"]);
    await client.close();
  });

  it("serves defaults where no client can be made, and says why once", async () => {
    const logger = createRecordingLogger();
    const featureflip = createFeatureflipAdapter({
      clientOptions: { sdkKey: "sdk-x", pollInterval: 1, logger },
    });
    const darkMode = flag<boolean>({ key: "dark-mode", adapter: featureflip, defaultValue: true });
    expect(await darkMode(requestOf("ada"))).toBe(true);
    expect(await darkMode(requestOf("grace"))).toBe(true);
    expect(logger.lines.filter((line) => line.startsWith("error"))).toEqual([
      expect.stringMatching(/Cannot create the client, every flag serves its default: .* 'pollInterval'/),
    ]);
  });
});

describe("identify() as the Flags SDK's documentation has it", () => {
  interface Entities {
    user?: { id: string };
  }
  const adapter = createFeatureflipAdapter({
    client: new FeatureflipClient({ mode: "offline", bootstrap: SNAPSHOT, logger: createRecordingLogger() }),
  });

  it("uses user.id as the user id, of one flag and of several", async () => {
    const identify = ({ headers }: { headers: ReadonlyHeaders }): Entities => {
      const id = headers.get("x-user");
      return id === null ? {} : { user: { id } };
    };
    const darkMode = flag<boolean, Entities>({
      key: "dark-mode",
      identify,
      adapter: adapter(),
      defaultValue: false,
    });
    const again = flag<boolean, Entities>({ key: "dark-mode", identify, adapter, defaultValue: false });
    expect(await darkMode(requestOf("ada"))).toBe(true);
    expect(await darkMode(requestOf("grace"))).toBe(false);
    expect(await darkMode(new Request("http://localhost/"))).toBe(false);
    expect(await evaluate({ darkMode, again }, requestOf("ada"))).toEqual({ darkMode: true, again: true });
  });

  it("takes one that is asynchronous and reads cookies", async () => {
    const identify = async ({ cookies }: { cookies: ReadonlyRequestCookies }): Promise<Entities> => {
      const id = await Promise.resolve(cookies.get("user")?.value);
      return { ...(id !== undefined && { user: { id } }) };
    };
    const definition = { key: "dark-mode", adapter: adapter<boolean, Entities>(), defaultValue: false };
    const darkMode = flag<boolean, Entities>({ ...definition, identify });
    // Calling it needs Next.js.
    const typed = () => flag<boolean, Entities>({ ...definition, identify: dedupe(identify) });
    expectTypeOf(typed).returns.toEqualTypeOf<typeof darkMode>();
    expect(await darkMode(new Request("http://localhost/", { headers: { cookie: "user=ada" } }))).toBe(true);
  });

  it("keeps a user id that the entities have", async () => {
    const identify = (): Entities & { userId: string } => ({ user: { id: "ada" }, userId: "grace" });
    const darkMode = flag<boolean, Entities>({
      key: "dark-mode",
      identify,
      adapter: adapter(),
      defaultValue: true,
    });
    expect(await darkMode(requestOf("ada"))).toBe(false);
  });
});

describe("getProviderData()", () => {
  it("describes each flag with its variations, and leaves a given client open", async () => {
    const { connect } = createFixture({ snapshot: SNAPSHOT });
    const client = connect();
    const data = await getProviderData({ client, origin: (key) => `https://flags.example/${key}` });
    expect(data.hints).toEqual([]);
    expect(Object.keys(data.definitions)).toEqual(["dark-mode", "limit", "__proto__"]);
    expect(data.definitions.limit).toEqual({
      options: [{ value: 100, label: "on" }],
      origin: "https://flags.example/limit",
    });
    expect(client.status.isClosed).toBe(false);
    await client.close();
  });

  it("leaves out variations that serve the default, and names the provider", async () => {
    const variations = [{ key: "none", value: null }, { key: "some", value: { a: 1 } }];
    const bootstrap = wireSnapshot([wireFlag("json", { type: "Json", variations })]);
    const { definitions } = await getProviderData({ clientOptions: { mode: "offline", bootstrap } });
    expect(definitions.json).toEqual({
      options: [{ value: { a: 1 }, label: "some" }],
      origin: { provider: "featureflip" },
    });
  });

  it("hints at the reason when there are no flags", async () => {
    const { connect, service } = createFixture();
    service.rejectKey();
    const client = connect();
    const { definitions, hints } = await getProviderData({ client });
    expect(definitions).toEqual({});
    expect(hints).toEqual([{ key: "featureflip/no-flags", text: expect.stringMatching(/no flags: .*401/) }]);
    await client.close();
  });

  it("rejects options that are wrong", async () => {
    const failure = await getProviderData({ orgin: "x" } as object).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "ConfigurationError" });
  });
});
