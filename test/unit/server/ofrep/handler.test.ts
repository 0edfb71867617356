import { describe, expect, it } from "vitest";
import type { FeatureflipClient } from "../../../../src/client/client.ts";
import { createOfrepHandler } from "../../../../src/server/ofrep/mod.ts";
import type { OfrepOptions, OfrepRequestHandler } from "../../../../src/server/ofrep/mod.ts";
import { VisibleFlags } from "../../../../src/server/ofrep/results.ts";
import { Signer } from "../../../../src/server/ofrep/change-streams.ts";
import { createFixture, createRequestFixture } from "../../../support/client-fixture.ts";
import type { Fixture } from "../../../support/client-fixture.ts";
import { until } from "../../../support/until.ts";
import { conditionalFlag, flagSetOf, wireFlag, wireSnapshot } from "../../../support/wire.ts";

const FLAGS = "https://flags.example/ofrep/v1/evaluate/flags";

const SNAPSHOT = wireSnapshot([
  wireFlag("dark-mode"),
  conditionalFlag("ada-only", [{ attribute: "user_id", operator: "Equals", values: ["ada"] }]),
  wireFlag("hidden"),
]);

const VISIBLE = ["dark-mode", "ada-only", "not-there"];

interface Sent {
  readonly url?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly address?: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** What the protocol may answer; each test knows what it asked for. */
  readonly body: {
    readonly flags: readonly { readonly key: string; readonly value: unknown }[];
    readonly eventStreams: readonly [{ readonly type: string; readonly url: string }];
    readonly metadata: object;
    readonly value: unknown;
  };
}

interface Setup extends Fixture {
  readonly client: FeatureflipClient;
  readonly handler: OfrepRequestHandler;
  ask(sent?: Sent): Promise<Answer>;
}

async function setUp(
  options: OfrepOptions = { public: true },
  fixture: Fixture = createFixture({ snapshot: SNAPSHOT }),
): Promise<Setup> {
  const client = fixture.connect({ mode: "manual", evaluationEvents: "all" });
  await client.refresh();
  const handler = createOfrepHandler(client, { flags: VISIBLE, ...options });
  return { ...fixture, client, handler, ask: (sent) => ask(handler, sent) };
}

async function ask(
  handler: OfrepRequestHandler,
  { url = FLAGS, method = "POST", headers, body = { context: {} }, address }: Sent = {},
): Promise<Answer> {
  const response = await handler(
    new Request(url, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(method === "POST" && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }),
    { address },
  );
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}

describe("the routes (OFREP 0.3)", () => {
  it("evaluates one flag", async () => {
    const { ask } = await setUp();
    const { status, headers, body } = await ask({
      url: `${FLAGS}/ada-only`,
      body: { context: { targetingKey: "ada" } },
    });
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(body).toEqual({
      key: "ada-only",
      value: true,
      variant: "on",
      reason: "TARGETING_MATCH",
      metadata: { version: 1, reason: "RULE_MATCH" },
    });
  });

  it("evaluates all visible flags", async () => {
    const { ask } = await setUp();
    const { status, body } = await ask({ body: { context: { targetingKey: "bob" } } });
    expect(status).toBe(200);
    expect(body.flags.map(({ key, value }: { key: string; value: unknown }) => [key, value])).toEqual([
      ["dark-mode", true],
      ["ada-only", false],
    ]);
    expect(body.metadata).toEqual({ flagSetId: "env", version: 1 });
  });

  it.each(["hidden", "not-there", "no%20such"])(
    "answers 404 for %s, hidden or missing alike",
    async (key) => {
      const { ask } = await setUp();
      const { status, body } = await ask({ url: `${FLAGS}/${key}` });
      expect(status).toBe(404);
      const name = decodeURIComponent(key);
      expect(body).toEqual({
        key: name,
        errorCode: "FLAG_NOT_FOUND",
        errorDetails: `Flag "${name}" not found`,
      });
    },
  );

  it("answers 404 for other paths, and 405 for other methods", async () => {
    const { ask } = await setUp();
    for (const path of ["/", "/ofrep/v1/evaluate", "/ofrep/v1/configuration", "/ofrep/v1/evaluate/flags%"]) {
      expect((await ask({ url: `https://flags.example${path}` })).status, path).toBe(404);
    }
    const { status, headers } = await ask({ method: "GET" });
    expect([status, headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
    expect((await ask({ method: "HEAD", url: "https://flags.example/ofrep/v1/event-stream" })).status).toBe(
      405,
    );
  });

  it("serves under any path, or under the one given", async () => {
    const below = { url: "https://flags.example/api/ofrep/v1/evaluate/flags" };
    expect((await (await setUp()).ask(below)).status).toBe(200);
    const bound = await setUp({ public: true, path: "/api" });
    expect((await bound.ask(below)).status).toBe(200);
    expect((await bound.ask()).status).toBe(404);
  });

  it("answers 503 while there are no flags", async () => {
    const fixture = createFixture({ snapshot: SNAPSHOT });
    const handler = createOfrepHandler(fixture.connect({ mode: "manual" }), { public: true });
    const { status, headers } = await ask(handler);
    expect([status, headers.get("retry-after"), headers.get("cache-control")]).toEqual([
      503,
      "1",
      "no-store",
    ]);
  });
});

describe("bodies", () => {
  it.each([
    ["text", "no JSON", 400, "PARSE_ERROR"],
    ["a list", [], 400, "INVALID_CONTEXT"],
    ["a context that is a text", { context: "ada" }, 400, "INVALID_CONTEXT"],
    ["a targeting key that is an object", { context: { targetingKey: {} } }, 400, "INVALID_CONTEXT"],
    ["deep nesting", `{"context":{"a":${"[".repeat(200)}${"]".repeat(200)}}}`, 400, "PARSE_ERROR"],
  ])("refuses %s", async (_, body, status, errorCode) => {
    const { ask } = await setUp();
    expect(await ask({ body })).toMatchObject({ status, body: { errorCode } });
    expect(await ask({ url: `${FLAGS}/dark-mode`, body })).toMatchObject({
      status,
      body: { key: "dark-mode", errorCode },
    });
  });

  it("refuses what is too long, and what is no JSON by its type", async () => {
    const { ask } = await setUp({ public: true, maxBodyBytes: 100 });
    expect((await ask({ body: { context: { a: "x".repeat(100) } } })).status).toBe(413);
    expect((await ask({ headers: { "content-type": "text/plain" } })).status).toBe(415);
  });

  it("takes a body without a context", async () => {
    const { ask } = await setUp();
    expect((await ask({ body: {} })).status).toBe(200);
  });
});

describe("ETag (contract §9)", () => {
  it("answers 304 for the same flags and context, also to a weak tag", async () => {
    const { ask } = await setUp();
    const etag = (await ask()).headers.get("etag")!;
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const { status, headers, body } = await ask({ headers: { "if-none-match": tag } });
      expect([status, headers.get("etag"), body]).toEqual([304, etag, undefined]);
    }
    const other = await ask({ headers: { "if-none-match": etag }, body: { context: { targetingKey: "b" } } });
    expect(other.status).toBe(200);
  });

  it("is that of the context, not of the body, where the application decides", async () => {
    let plan = "pro";
    const { ask } = await setUp({ public: true, context: (_request, sent) => ({ ...sent, plan }) });
    const etag = (await ask()).headers.get("etag")!;
    expect((await ask({ headers: { "if-none-match": etag } })).status).toBe(304);
    plan = "free";
    expect((await ask({ headers: { "if-none-match": etag } })).status).toBe(200);
  });

  it("is known for an equal body, and for no other with the same start or of a refused shape", async () => {
    const { ask } = await setUp();
    const body = { context: { targetingKey: "ada" } };
    const etags = await Promise.all(
      [body, body, { ...body, other: 1 }, { context: { targetingKey: "bob" } }].map(async (body) =>
        (await ask({ body })).headers.get("etag")
      ),
    );
    expect([etags[1], etags[2], etags[3] === etags[0]]).toEqual([etags[0], etags[0], false]);
    for (let time = 0; time < 2; time++) expect((await ask({ body: "no JSON" })).status).toBe(400);
  });

  it("changes with the flags and with the day, so that no 304 outlives a token", async () => {
    const { ask, service, client, scheduler } = await setUp();
    const etag = (await ask()).headers.get("etag")!;
    service.snapshot = wireSnapshot([wireFlag("dark-mode", { enabled: false, version: 2 })]);
    await client.refresh();
    const changed = await ask({ headers: { "if-none-match": etag } });
    expect(changed.status).toBe(200);
    scheduler.jump(24 * 3_600_000);
    expect((await ask({ headers: { "if-none-match": changed.headers.get("etag")! } })).status).toBe(200);
  });

  /** The tag that an instance with these flags announces. */
  async function tagOf(sdkKey: string, flags: ReturnType<typeof wireSnapshot>): Promise<string> {
    return await new VisibleFlags(flagSetOf(flags), () => true, new Signer(sdkKey)).tag();
  }

  it("fetches flags that an event announced and this instance does not have yet", async () => {
    const { ask, service, scheduler, sdkKey } = await setUp();
    const { headers } = await ask();
    const announced = wireSnapshot([wireFlag("dark-mode", { enabled: false, version: 2 })]);
    service.snapshot = announced;
    const tag = await tagOf(sdkKey, announced);
    const send = (tag: string) =>
      ask({ url: `${FLAGS}?flagConfigEtag=${tag}`, headers: { "if-none-match": headers.get("etag")! } });
    const answers = await Promise.all([send(tag), send(tag)]);
    for (const { status, body } of answers) expect([status, body.flags[0]?.value]).toEqual([200, false]);
    // The tag of flags that are gone causes one refresh, and a forged one none.
    const asked = service.requests.length;
    for (
      const old of [
        await tagOf(sdkKey, wireSnapshot([])),
        await tagOf(sdkKey, wireSnapshot([])),
        "0".repeat(64),
      ]
    ) {
      scheduler.jump(1_000);
      await send(old);
    }
    expect(service.requests.length).toBe(asked + 1);
  });

  it("fetches again for a change that followed within the second", async () => {
    const { ask, service, scheduler, sdkKey } = await setUp();
    const flip = async (enabled: boolean, version: number): Promise<string> => {
      service.snapshot = wireSnapshot([wireFlag("dark-mode", { enabled, version })]);
      return `${FLAGS}?flagConfigEtag=${await tagOf(sdkKey, service.snapshot)}`;
    };
    expect((await ask({ url: await flip(false, 2) })).body.flags[0]?.value).toBe(false);
    const url = await flip(true, 3);
    const { armed } = scheduler;
    const answer = ask({ url });
    // The bound of the wait, and the next second.
    await until(() => scheduler.armed === armed + 2);
    await scheduler.advance(1_000);
    expect((await answer).body.flags[0]?.value).toBe(true);
  });
});

describe("who may ask", () => {
  it("takes a client key in either header", async () => {
    const { ask } = await setUp({ clientKeys: ["client-web", "client-app"] });
    expect((await ask({ headers: { authorization: "Bearer client-web" } })).status).toBe(200);
    expect((await ask({ headers: { "x-api-key": "client-app" } })).status).toBe(200);
    for (const headers of [{}, { authorization: "Bearer nope" }, { "x-api-key": "" }]) {
      const { status, headers: answered } = await ask({ headers });
      expect([status, answered.get("www-authenticate")]).toEqual([401, "Bearer"]);
    }
  });

  it("asks `authorize`, and takes nothing but true", async () => {
    const { ask } = await setUp({ authorize: (request) => request.headers.get("cookie") === "session=1" });
    expect((await ask({ headers: { cookie: "session=1" } })).status).toBe(200);
    expect((await ask()).status).toBe(401);
    const truthy = await setUp({ authorize: (() => "yes") as unknown as () => boolean });
    expect((await truthy.ask()).status).toBe(401);
  });

  it("answers 500 when `authorize` throws, and says nothing of it to the caller", async () => {
    const { ask, logger } = await setUp({
      authorize: () => {
        throw new Error("the database is down");
      },
    });
    const { status, body } = await ask();
    expect([status, body]).toEqual([500, { errorDetails: "The flags could not be evaluated" }]);
    expect(logger.lines).toEqual([expect.stringContaining("the database is down")]);
  });

  it("shows no flag without a list", async () => {
    const { ask } = await setUp({ public: true, flags: undefined });
    expect((await ask()).body.flags).toEqual([]);
  });

  it("limits the requests of an address, and of all without one", async () => {
    const { ask } = await setUp({ public: true, rateLimit: 1 });
    expect((await ask({ address: "10.0.0.1" })).status).toBe(200);
    const { status, headers } = await ask({ address: "10.0.0.1" });
    expect([status, headers.get("retry-after")]).toEqual([429, "60"]);
    expect((await ask({ address: "10.0.0.2" })).status).toBe(200);
  });
});

describe("contexts", () => {
  it("merges the targeting key as the user id", async () => {
    const { ask } = await setUp();
    const valueFor = async (context: object): Promise<unknown> =>
      (await ask({ url: `${FLAGS}/ada-only`, body: { context } })).body.value;
    expect(await valueFor({ targetingKey: "ada" })).toBe(true);
    expect(await valueFor({ targetingKey: "ada", userId: "bob" })).toBe(true);
    expect(await valueFor({ targetingKey: "", user_id: "ada" })).toBe(true);
    expect(await valueFor({ userId: "ada" })).toBe(true);
  });

  it.each<[string, (sent: Readonly<Record<string, unknown>>) => object]>([
    ["user_id", (sent) => ({ ...sent, user_id: "bob" })],
    ["userId", (sent) => ({ ...sent, userId: "bob" })],
    ["targetingKey", (sent) => ({ ...sent, targetingKey: "bob" })],
    ["nothing but its own", () => ({ userId: "bob" })],
    ["nobody", (sent) => ({ ...sent, userId: undefined })],
    ["nobody in another spelling", (sent) => ({ ...sent, targetingKey: null })],
  ])("lets no caller change the user that `context` sets as %s (contract §9)", async (_, context) => {
    const { ask } = await setUp({ public: true, context: (_request, sent) => context(sent) });
    for (
      const claim of [{ targetingKey: "ada" }, { user_id: "ada" }, { userId: "ada" }, {
        user_id: "ada",
        userId: "ada",
      }]
    ) {
      const { body } = await ask({ url: `${FLAGS}/ada-only`, body: { context: claim } });
      expect(body.value, JSON.stringify(claim)).toBe(false);
    }
  });
});

describe("CORS (contract §9)", () => {
  const page = { origin: "https://www.example.com" };
  const options: OfrepOptions = { clientKeys: ["client-web"], origins: ["https://www.example.com"] };

  it("answers a preflight before keys are checked", async () => {
    const { ask } = await setUp(options);
    const { status, headers } = await ask({ method: "OPTIONS", headers: page });
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-origin")).toBe("https://www.example.com");
    expect(headers.get("access-control-allow-headers")).toBe(
      "Authorization, X-API-Key, Content-Type, If-None-Match",
    );
    expect(headers.get("access-control-allow-credentials")).toBeNull();
  });

  it("names the origin and what it may read, errors included", async () => {
    const { ask } = await setUp(options);
    for (const key of ["client-web", "nope"]) {
      const { headers } = await ask({ headers: { ...page, "x-api-key": key } });
      expect(headers.get("access-control-allow-origin")).toBe("https://www.example.com");
      expect(headers.get("access-control-expose-headers")).toBe("ETag, Retry-After");
      expect(headers.get("vary")).toBe("Origin, Authorization, X-API-Key");
    }
  });

  it("refuses other origins before anything else", async () => {
    const { ask } = await setUp(options);
    for (const origin of ["https://evil.example", "null", "https://www.example.com.evil.example"]) {
      for (const method of ["POST", "OPTIONS"]) {
        const { status, headers } = await ask({ method, headers: { origin, "x-api-key": "client-web" } });
        expect([status, headers.get("access-control-allow-origin")], origin).toEqual([403, null]);
      }
    }
  });

  it("takes pages of its own origin, whose scheme a proxy may have changed", async () => {
    const { ask } = await setUp(options);
    const headers = { "x-api-key": "client-web", origin: "http://flags.example" };
    expect((await ask({ headers })).status).toBe(200);
  });

  it("allows cookies only with `authorize`", async () => {
    const { ask } = await setUp({ authorize: () => true, origins: ["https://www.example.com"] });
    expect((await ask({ headers: page })).headers.get("access-control-allow-credentials")).toBe("true");
  });

  it('allows all pages with "*"', async () => {
    const { ask } = await setUp({ public: true, origins: ["*"] });
    expect((await ask({ headers: page })).headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("event streams (ADR 8 of the protocol)", () => {
  async function open(setup: Setup, headers: Record<string, string> = {}): Promise<Response> {
    const { body } = await setup.ask({ headers: { "x-api-key": "client-web", ...headers } });
    const [{ type, url }] = body.eventStreams;
    expect(type).toBe("sse");
    expect(url).not.toContain("client-web");
    return await setup.handler(new Request(url, { headers }));
  }

  function readerOf(response: Response): () => Promise<string | undefined> {
    const reader = response.body!.getReader();
    return async () => {
      const { value } = await reader.read();
      return value && new TextDecoder().decode(value);
    };
  }

  it("tells of a change, by the hash that a request may name", async () => {
    const setup = await setUp({ clientKeys: ["client-web"] });
    const response = await open(setup);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const next = readerOf(response);
    const first = /"etag":"(\w+)"/.exec((await next())!)![1];
    setup.service.snapshot = wireSnapshot([wireFlag("dark-mode", { enabled: false, version: 2 })]);
    await setup.client.refresh();
    const second = /"etag":"(\w+)"/.exec((await next())!)![1];
    expect(second).not.toBe(first);
    const asked = setup.service.requests.length;
    await setup.ask({ url: `${FLAGS}?flagConfigEtag=${second}`, headers: { "x-api-key": "client-web" } });
    expect(setup.service.requests.length).toBe(asked);
    await setup.client.close();
    expect(await next()).toBeUndefined();
  });

  it("opens nothing for a forged token, another page or a withdrawn key", async () => {
    const origins = ["https://a.example", "https://b.example"];
    const setup = await setUp({ clientKeys: ["client-web"], origins });
    const { body } = await setup.ask({ headers: { "x-api-key": "client-web", origin: origins[0]! } });
    const { url } = body.eventStreams[0];
    const statusOf = async (handler: OfrepRequestHandler, url: string, origin: string): Promise<number> => {
      const { status, body } = await handler(new Request(url, { headers: { origin } }));
      await body?.cancel();
      return status;
    };
    expect(await statusOf(setup.handler, url, origins[0]!)).toBe(200);
    expect(await statusOf(setup.handler, url, origins[1]!)).toBe(401);
    expect(await statusOf(setup.handler, `${url}x`, origins[0]!)).toBe(401);
    const withdrawn = createOfrepHandler(setup.client, { clientKeys: ["client-other"], origins });
    expect(await statusOf(withdrawn, url, origins[0]!)).toBe(401);
    const other = createOfrepHandler(setup.client, { clientKeys: ["client-web"], origins });
    expect(await statusOf(other, url, origins[0]!)).toBe(200);
  });

  it("uses https where a proxy ended TLS", async () => {
    const { ask } = await setUp();
    const { body } = await ask({
      url: FLAGS.replace("https:", "http:"),
      headers: { "x-forwarded-proto": "https" },
    });
    expect(body.eventStreams[0].url).toMatch(/^https:\/\/flags\.example\/ofrep\/v1\/event-stream\?token=/);
  });

  it("bounds their number", async () => {
    const setup = await setUp({ clientKeys: ["client-web"], maxStreams: 1 });
    const first = await open(setup);
    expect((await open(setup)).status).toBe(503);
    await first.body!.cancel();
    expect((await open(setup)).status).toBe(200);
  });

  it("are left out on request-scoped runtimes", async () => {
    const fixture = createRequestFixture({ snapshot: SNAPSHOT });
    const handler = createOfrepHandler(fixture.connect(), { public: true, flags: VISIBLE });
    const { status, body } = await ask(handler);
    expect([status, body.flags.length, body.eventStreams]).toEqual([200, 2, undefined]);
    const stream = { url: "https://flags.example/ofrep/v1/event-stream?token=a", method: "GET" };
    expect((await ask(handler, stream)).status).toBe(404);
  });
});

describe("analytics events (contract §9)", () => {
  it("are recorded once an hour per flag and variation, without a user id", async () => {
    const { ask, client, service, scheduler } = await setUp();
    for (const targetingKey of ["ada", "bob", "ada"]) await ask({ body: { context: { targetingKey } } });
    await client.flush();
    const events = () => service.events;
    expect(events().map(({ flagKey, variation, userId }) => [flagKey, variation, userId])).toEqual([
      ["dark-mode", "on", undefined],
      ["ada-only", "on", undefined],
      ["ada-only", "off", undefined],
    ]);
    scheduler.jump(3_600_000);
    await ask();
    await client.flush();
    expect(events()).toHaveLength(5);
  });

  it("are recorded for each evaluation only behind `authorize`", async () => {
    const { ask, client, service } = await setUp({ authorize: () => true, track: "all" });
    for (const targetingKey of ["ada", "ada"]) {
      await ask({ url: `${FLAGS}/dark-mode`, body: { context: { targetingKey } } });
    }
    await client.flush();
    expect(service.events).toMatchObject([{ userId: "ada" }, { userId: "ada" }]);
  });

  it('are not recorded with "none"', async () => {
    const { ask, client, service } = await setUp({ public: true, track: "none" });
    await ask();
    await client.flush();
    expect(service.events).toEqual([]);
  });
});
