import { describe, expect, it } from "vitest";
import type { HttpClient, HttpClientOptions } from "../../../src/http/http-client.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import { FakeBody, fakeResponse } from "../../support/fake-response.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { createTestHttpClient, SDK_KEY } from "../../support/source-context.ts";

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

type Answer = Response | Promise<Response> | (() => Response | Promise<Response>);

/** A client whose `fetch` gives one answer, again and again. */
function clientOf(answer: Answer, options: Partial<HttpClientOptions> = {}) {
  const scheduler = new ManualScheduler();
  const logger = createRecordingLogger();
  const sent: Sent[] = [];
  const http = createTestHttpClient({
    scheduler,
    logger,
    fetch: ((url: string, init: RequestInit) => {
      sent.push({ url, init });
      return Promise.resolve(typeof answer === "function" ? answer() : answer);
    }) as typeof fetch,
    ...options,
  });
  return { http, scheduler, logger, sent };
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return fakeResponse(status, { "content-type": "application/json", ...headers }, JSON.stringify(body));
}

async function failureOf(call: Promise<unknown>): Promise<RequestError> {
  const error = await call.then(() => undefined, (reason: unknown) => reason);
  if (!(error instanceof RequestError)) throw new Error(`no RequestError, but ${error}`);
  expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain(SDK_KEY);
  return error;
}

const CALLS: [string, (http: HttpClient) => Promise<unknown>][] = [
  ["getSnapshot()", (http) => http.getSnapshot()],
  ["getFlag()", (http) => http.getFlag("/v1/sdk/flags/a")],
  ["openStream()", (http) => http.openStream()],
  ["postEvents()", (http) => http.postEvents("{}")],
];

const EXPECTED = {
  "Authorization": SDK_KEY,
  "User-Agent": "featureflip-sdk/1.2.3 (test)",
  "Accept": "application/json",
};

describe("HttpClient requests (contract §1)", () => {
  it("getSnapshot() asks for the flags", async () => {
    const { http, sent } = clientOf(() => json(200, { flags: [] }, { etag: `"7"` }));
    expect(await http.getSnapshot()).toEqual({
      text: `{"flags":[]}`,
      json: { flags: [] },
      etag: `"7"`,
    });
    expect(sent[0]?.url).toBe("https://flags.example/v1/sdk/flags");
    expect(sent[0]?.init).toMatchObject({ method: "GET", redirect: "manual", headers: EXPECTED });
    expect(sent[0]?.init).not.toHaveProperty("body");
  });

  it("getSnapshot() names the newest version that the client holds, for a relay that is behind (contract §4)", async () => {
    const { http, sent } = clientOf(() => json(200, { flags: [] }));
    await http.getSnapshot({ lastVersion: 9 });
    await http.getSnapshot();
    expect(sent.map(({ init }) => new Headers(init.headers).get("Last-Event-ID"))).toEqual(["9", null]);
  });

  it("getSnapshot() sends an ETag back, and distinguishes a 304 from a body", async () => {
    const { http, sent } = clientOf(() => fakeResponse(304, {}, null));
    expect(await http.getSnapshot({ etag: `"7"` })).toEqual({ json: undefined, etag: `"7"` });
    expect(sent[0]?.init.headers).toEqual({ ...EXPECTED, "If-None-Match": `"7"` });
    expect(await failureOf(http.getSnapshot())).toMatchObject({ status: 304 });
  });

  it("getSnapshot() does not parse a body that equals the text of the call", async () => {
    const { http } = clientOf(() => fakeResponse(200, { "etag": `"8"` }, `{"a":1}`));
    const answer = { text: `{"a":1}`, etag: `"8"` };
    expect(await http.getSnapshot({ text: `{"a":1}` })).toEqual({ ...answer, json: undefined });
    expect(await http.getSnapshot({ text: `{"a":2}` })).toEqual({ ...answer, json: { a: 1 } });
  });

  it("getFlag() asks for one flag by its path", async () => {
    const { http, sent } = clientOf(() => json(200, {}));
    await http.getFlag("/v1/sdk/flags/a%2Fb");
    expect(sent[0]?.url).toBe("https://flags.example/v1/sdk/flags/a%2Fb");
  });

  it.each(["a", "t", "stream", "event", "text", "text/event-stream"])(
    "openStream() accepts a stream although the SDK key %j occurs in its content type (contract §1)",
    async (sdkKey) => {
      const stream = fakeResponse(200, { "content-type": "text/event-stream" }, new FakeBody());
      const { http } = clientOf(stream, { sdkKey });
      expect((await http.openStream()).body).toBe(stream.body);
    },
  );

  it("openStream() asks for an uncompressed event stream", async () => {
    const runtime = { name: "bun/1", hasBackground: true, requestInit: { cache: "no-store" as const } };
    const streamInit = { timeout: false } as RequestInit;
    const body = new FakeBody();
    const { http, sent, scheduler } = clientOf(
      () => fakeResponse(200, { "content-type": "text/event-stream; charset=utf-8" }, body),
      { runtime: { ...runtime, streamInit } },
    );
    const connection = await http.openStream();
    expect(sent[0]?.url).toBe("https://flags.example/v1/sdk/stream");
    expect(sent[0]?.init).toMatchObject({ timeout: false, cache: "no-store", redirect: "manual" });
    expect(sent[0]?.init.headers).toMatchObject({
      "Accept": "text/event-stream",
      "Accept-Encoding": "identity",
    });
    await scheduler.advance(3_600_000);
    expect(sent[0]?.init.signal?.aborted).toBe(false);
    expect(scheduler.armed).toBe(0);
    connection.close();
    connection.close();
    expect(sent[0]?.init.signal?.aborted).toBe(true);
    expect(body.cancelled).toBe(true);
  });

  it("postEvents() sends the body as it is", async () => {
    const { http, sent } = clientOf(() => fakeResponse(202, {}, ""));
    await http.postEvents(`{"events":[]}`);
    expect(sent[0]?.url).toBe("https://flags.example/v1/sdk/events");
    expect(sent[0]?.init).toMatchObject({
      method: "POST",
      body: `{"events":[]}`,
      headers: { ...EXPECTED, "Content-Type": "application/json" },
    });
  });

  it("postEvents() sends events to eventsUrl, and everything else to the base URL (contract §7)", async () => {
    const { http, sent } = clientOf(() => json(200, {}), { eventsUrl: "https://events.example/relay" });
    await http.postEvents("{}");
    await http.getSnapshot();
    expect(sent.map(({ url }) => url)).toEqual([
      "https://events.example/relay/v1/sdk/events",
      "https://flags.example/v1/sdk/flags",
    ]);
  });

  it("postEvents() waits for headers as long as its time-out says (contract §5)", async () => {
    const { http, scheduler } = clientOf(new Promise<Response>(() => {}), { connectTimeout: 5 });
    let failure: RequestError | undefined;
    void failureOf(http.postEvents("{}", { timeout: 50 })).then((error) => failure = error);
    await scheduler.advance(49);
    expect(failure).toBeUndefined();
    await scheduler.advance(1);
    expect(failure?.message).toContain("aborted after 50 ms");
  });

  it.each([["text/html"], ["text/HTML; charset=utf-8"]])(
    "postEvents() takes a page with 200 and %s for no delivery (contract §1)",
    async (type) => {
      const page = clientOf(() => fakeResponse(200, { "content-type": type }, "<html>Log in</html>"));
      const error = await failureOf(page.http.postEvents("{}"));
      expect(error).toMatchObject({ status: undefined, keyRejected: false });
      expect(error.message).toContain("a web page");
      const empty = clientOf(() => fakeResponse(202, { "content-type": type }, ""));
      await empty.http.postEvents("{}");
      const other = clientOf(() => fakeResponse(202, { "content-type": "text/plain" }, "Accepted"));
      await other.http.postEvents("{}");
    },
  );

  it("calls fetch as no object's method, and the runtime's at the time of the call", async () => {
    const seen: unknown[] = [];
    const { http } = clientOf(json(200, {}), {
      fetch: function (this: unknown) {
        seen.push(this);
        return Promise.resolve(json(200, {}));
      } as typeof fetch,
    });
    await http.getSnapshot();
    expect(seen).toEqual([undefined]);
    const original = globalThis.fetch;
    try {
      const late = clientOf(json(200, {}), { fetch: undefined });
      globalThis.fetch = () => Promise.resolve(json(200, { patched: true }));
      expect((await late.http.getSnapshot()).json).toEqual({ patched: true });
    } finally {
      globalThis.fetch = original;
    }
  });

  it("warns once of http: beyond the loopback", async () => {
    for (const baseUrl of ["http://flags.example", "http://127.0.0.1.example"]) {
      const { http, logger } = clientOf(() => json(200, {}), { baseUrl });
      await http.getSnapshot();
      await http.getSnapshot();
      expect(logger.lines).toEqual([expect.stringMatching(/^warn: .*unencrypted/)]);
    }
    for (
      const host of ["http://localhost:1", "http://api.localhost", "http://127.1.2.3:4", "http://[::1]:5"]
    ) {
      const { http, logger } = clientOf(() => json(200, {}), { baseUrl: host });
      await http.getSnapshot();
      expect(logger.lines).toEqual([]);
    }
  });

  it("warns of http: for events beyond the loopback, too", async () => {
    const { http, logger } = clientOf(() => json(200, {}), { eventsUrl: "http://events.example" });
    await http.postEvents("{}");
    expect(logger.lines).toHaveLength(1);
  });

  it("counts the requests of the last minute", async () => {
    const { http, scheduler } = clientOf(() => json(200, {}));
    await http.getSnapshot();
    await scheduler.advance(30_000);
    await http.getSnapshot();
    await http.postEvents("{}");
    expect(http.requestsInLastMinute()).toBe(3);
    await scheduler.advance(30_001);
    expect(http.requestsInLastMinute()).toBe(2);
    scheduler.jump(-3_600_000);
    expect(http.requestsInLastMinute()).toBe(0);
  });
});

describe("HttpClient failures (contract §1)", () => {
  it.each(CALLS)("%s does not follow a redirect, and says so", async (_, call) => {
    const location = `https://elsewhere.example/?key=${SDK_KEY}`;
    const { http, sent } = clientOf(() => fakeResponse(302, { location }, "moved"));
    const error = await failureOf(call(http));
    expect(error.message).toMatch(
      /^\w+ \S+ answered 302 \("https:\/\/elsewhere\.example.*redirects are not followed, correct the base URL$/,
    );
    expect(error).toMatchObject({ status: 302, keyRejected: false });
    expect(sent).toHaveLength(1);
  });

  it.each(CALLS)(
    "%s times out when no headers arrive within connectTimeout, even if fetch ignores its signal",
    async (_, call) => {
      const { http, scheduler, sent } = clientOf(new Promise<Response>(() => {}));
      const failure = failureOf(call(http));
      await scheduler.advance(4999);
      expect(sent[0]?.init.signal?.aborted).toBe(false);
      await scheduler.advance(1);
      expect((await failure).message).toContain("timed out: no headers within 5000 ms (connectTimeout)");
      expect(sent[0]?.init.signal?.aborted).toBe(true);
      expect(scheduler.armed).toBe(0);
    },
  );

  it("releases a body that arrives after the time-out", async () => {
    let arrive: ((response: Response) => void) | undefined;
    const { http, scheduler } = clientOf(new Promise<Response>((resolve) => arrive = resolve));
    const failure = failureOf(http.getSnapshot());
    await scheduler.advance(5000);
    await failure;
    const body = new FakeBody();
    arrive?.(fakeResponse(200, {}, body));
    await scheduler.advance(0);
    expect(body.cancelled).toBe(true);
  });

  it("times out a body that has not arrived within readTimeout, however it drips", async () => {
    const body = new FakeBody();
    const { http, scheduler } = clientOf(() => fakeResponse(200, {}, body));
    const failure = failureOf(http.getSnapshot());
    for (let second = 0; second < 10; second++) {
      body.write("[");
      await scheduler.advance(1000);
    }
    expect((await failure).message).toContain("timed out: no body within 10000 ms (readTimeout)");
    expect(body.cancelled).toBe(true);
    expect(scheduler.armed).toBe(0);
  });

  it("limits the whole call when a deadline is given", async () => {
    const { http, scheduler } = clientOf(() => fakeResponse(200, {}, new FakeBody()));
    const failure = failureOf(http.getSnapshot({ timeout: 700 }));
    await scheduler.advance(700);
    expect((await failure).message).toContain("aborted after 700 ms");
    const events = failureOf(
      clientOf(new Promise<Response>(() => {}), { scheduler }).http.postEvents("", { timeout: 9 }),
    );
    await scheduler.advance(9);
    expect((await events).message).toContain("aborted after 9 ms");
    expect(scheduler.armed).toBe(0);
  });

  it("says why the network failed, and never exposes an error that may hold the key", async () => {
    const deep = Object.assign(new TypeError("fetch failed"), {
      cause: Object.assign(new AggregateError([new Error("connect ECONNREFUSED ::1:9")]), {
        code: "ECONNREFUSED",
      }),
    });
    const { http } = clientOf(() => Promise.reject(deep));
    const error = await failureOf(http.getSnapshot());
    expect(error.message).toMatch(
      /^GET \/v1\/sdk\/flags failed \(fetch failed: ECONNREFUSED: conn/,
    );
    expect(error.status).toBeUndefined();
    const leak = clientOf(() =>
      Promise.reject(Object.assign(new Error(`bad header ${SDK_KEY}`), { key: SDK_KEY }))
    );
    const leaked = await failureOf(leak.http.getSnapshot());
    expect(leaked.message).toContain("bad header [SDK key]");
    expect(leaked.cause).toBeUndefined();
    const thrown = clientOf(() => {
      throw "odd";
    });
    await failureOf(thrown.http.getSnapshot());
  });

  it.each([
    [`{"error":"key revoked"}`, "key revoked"],
    [`{"type":"x","title":"Unauthorized","detail":"expired\\nyesterday","status":401}`, "expired yesterday"],
    ["", "no content type"],
    ["<h1>no</h1>", "no content type"],
  ])("reads a 401 with the body %j as a rejected key", async (body, said) => {
    const error = await failureOf(clientOf(() => fakeResponse(401, {}, body)).http.getSnapshot());
    expect(error).toMatchObject({ status: 401, keyRejected: true });
    expect(error.message).toContain("the SDK key was rejected");
    expect(error.message).toContain(said);
  });

  it("reads a 403 as a rejected key only when its body is JSON", async () => {
    expect(await failureOf(clientOf(() => json(403, { error: "no" })).http.getSnapshot()))
      .toMatchObject({ keyRejected: true });
    const html = fakeResponse(403, { "content-type": "text/html" }, "<h1>Forbidden</h1>");
    const error = await failureOf(clientOf(html).http.getSnapshot());
    expect(error.keyRejected).toBe(false);
    expect(error.message).toContain("firewall");
  });

  it("redacts a key that a server echoes, and cuts its text", async () => {
    const said = `${SDK_KEY}\u0007\n${encodeURIComponent(SDK_KEY)} ${SDK_KEY.slice(0, 5)}\u200b${
      SDK_KEY.slice(5)
    }${"x".repeat(500)}`;
    const error = await failureOf(clientOf(() => json(400, { error: said })).http.getSnapshot());
    expect(error.message).toMatch(
      /^GET \/v1\/sdk\/flags answered 400 \("\[SDK key\] \[SDK key\] \[SDK key\]x+…"\)$/,
    );
    expect(error.message.length).toBeLessThan(250);
  });

  it("reports HTML with 200 as not JSON, with its content type", async () => {
    const page = () => fakeResponse(200, { "content-type": "text/html" }, `<h1>${SDK_KEY}</h1>`);
    const error = await failureOf(clientOf(page).http.getSnapshot());
    expect(error.message).toContain("not JSON (text/html)");
    expect(error.status).toBeUndefined();
    expect((await failureOf(clientOf(page).http.openStream())).message).toContain(
      "not an event stream (text/html)",
    );
  });

  it("reports a body that broke off", async () => {
    const { http } = clientOf(() => {
      const body = new FakeBody();
      body.write(`{"flags":[`);
      body.break(new TypeError("terminated"));
      return fakeResponse(200, {}, body);
    });
    expect((await failureOf(http.getSnapshot())).message).toContain(
      "failed while its body was read (terminated)",
    );
  });

  it("refuses a body of more than 32 MiB while it reads (contract §1)", async () => {
    const body = new FakeBody();
    const chunk = new Uint8Array(2 ** 20).fill(32);
    for (let mebi = 0; mebi < 33; mebi++) body.write(chunk);
    const error = await failureOf(clientOf(() => fakeResponse(200, {}, body)).http.getSnapshot());
    expect(error.message).toContain("more than 33554432 bytes");
    expect(body.cancelled).toBe(true);
  });

  it("reads at most 64 KiB of an error body", async () => {
    const body = new FakeBody();
    for (let chunk = 0; chunk < 10; chunk++) body.write("x".repeat(2 ** 14));
    expect(await failureOf(clientOf(() => fakeResponse(500, {}, body)).http.getSnapshot()))
      .toMatchObject({ status: 500 });
    expect(body.cancelled).toBe(true);
  });

  it.each([
    ["12", 12_000],
    ["0", 0],
    ["99999999", 600_000],
    ["Thu, 01 Jan 2026 00:00:20 GMT", 20_000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["soon", undefined],
    ["-1", undefined],
    ["12,5", undefined],
  ])("reads Retry-After: %s", async (value, expected) => {
    const { http } = clientOf(() => fakeResponse(503, { "retry-after": value }, ""));
    expect((await failureOf(http.getSnapshot())).retryAfter).toBe(expected);
  });

  it("reads a date in Retry-After by the server's own clock", async () => {
    const headers = {
      "retry-after": "Fri, 01 Jan 2021 00:00:20 GMT",
      "date": "Fri, 01 Jan 2021 00:00:05 GMT",
    };
    const { http } = clientOf(() => fakeResponse(503, headers, ""));
    expect((await failureOf(http.getSnapshot())).retryAfter).toBe(15_000);
  });
});

describe("HttpClient with any fetch (contract §1)", () => {
  it("names a missing fetch, and one that returns no Response, with the option", async () => {
    const original = globalThis.fetch;
    try {
      globalThis.fetch = undefined as unknown as typeof fetch;
      const { http } = clientOf(json(200, {}), { fetch: undefined });
      for (const [, call] of CALLS) {
        expect((await failureOf(call(http))).message).toContain(
          "there is no fetch here: pass option 'fetch'",
        );
      }
    } finally {
      globalThis.fetch = original;
    }
    for (const value of [undefined, null, 7, {}, { status: 200 }]) {
      const { http } = clientOf(value as unknown as Response);
      for (const [, call] of CALLS) {
        expect((await failureOf(call(http))).message).toMatch(
          /fetch returned .* instead of a Response: check option 'fetch'/,
        );
      }
    }
  });

  it("releases the body of what is not a Response: otherwise each attempt leaves a connection", async () => {
    const body = new FakeBody("{}");
    const { http } = clientOf({ status: 200, headers: {}, body } as unknown as Response);
    expect((await failureOf(http.openStream())).message).toContain("instead of a Response");
    expect(body.cancelled).toBe(true);
  });

  it("needs no more of a response than FetchResponse lists (contract §7)", async () => {
    const { body, headers } = json(200, { flags: [], segments: [], version: 1, environment: "e" });
    const { http } = clientOf({ status: 200, headers, body } as unknown as Response);
    const [, getFlags] = CALLS[0]!;
    await expect(getFlags(http)).resolves.toBeDefined();
  });

  it("reads streams of Node, as node-fetch and cross-fetch return them", async () => {
    let destroyed = 0;
    const body = (...chunks: string[]) => ({
      async *[Symbol.asyncIterator]() {
        for (const chunk of chunks) yield await Promise.resolve(new TextEncoder().encode(chunk));
      },
      destroy: () => destroyed++,
    });
    const answer = (type: string, ...chunks: string[]) =>
      ({
        status: 200,
        ok: true,
        headers: new Headers({ "content-type": type }),
        body: body(...chunks),
      }) as unknown as Response;
    const { http } = clientOf(() => answer("application/json", `{"a":`, `1}`));
    expect((await http.getSnapshot()).json).toEqual({ a: 1 });
    expect(destroyed).toBe(1);
    await http.postEvents("{}");
    expect(destroyed, "a body that nobody reads").toBe(2);
    const streaming = clientOf(() => answer("text/event-stream"));
    (await streaming.http.openStream()).close();
    streaming.http.close();
    expect(destroyed).toBe(3);
  });

  it("fails, and close() does not, with bodies that are locked, missing, or of no known kind", async () => {
    const locked = new ReadableStream();
    locked.getReader();
    for (
      const body of [undefined, null, 7, {}, locked, {
        cancel: () => {
          throw new Error("odd");
        },
      }]
    ) {
      const response = {
        status: 200,
        ok: true,
        headers: new Headers({ "content-type": "text/event-stream" }),
        body,
      };
      const { http } = clientOf(response as unknown as Response);
      await failureOf(http.getSnapshot());
      await http.postEvents("{}");
      await http.openStream().catch(() => {});
      expect(() => http.close()).not.toThrow();
    }
  });

  it("decides on the header that was sent, though the SDK key is a part of it", async () => {
    const { http } = clientOf(
      () => fakeResponse(200, { "content-type": "text/event-stream" }, new FakeBody()),
      {
        sdkKey: "event",
      },
    );
    (await http.openStream()).close();
  });

  it("refuses a web page with 200, even one that is JSON", async () => {
    const { http } = clientOf(() => fakeResponse(200, { "content-type": "text/html" }, `{"flags":[]}`));
    expect((await failureOf(http.getSnapshot())).message).toContain("not JSON (text/html)");
  });

  it("uses connections of its own where the runtime has them, and closes them", async () => {
    let opened = 0;
    let closed = 0;
    const init = { dispatcher: "own" } as RequestInit;
    const runtime = {
      name: "test",
      hasBackground: true,
      requestInit: {},
      streamInit: {},
      openConnections() {
        opened++;
        return { init, close: () => void closed++ };
      },
    };
    const own = clientOf(() => json(200, {}), { runtime });
    await own.http.getSnapshot();
    expect([opened, own.sent[0]?.init], "a caller's fetch has its own").toEqual([
      0,
      expect.not.objectContaining(init),
    ]);
    const original = globalThis.fetch;
    const sent: (RequestInit | undefined)[] = [];
    try {
      globalThis.fetch = (_, init) => {
        sent.push(init);
        return Promise.resolve(json(200, {}));
      };
      const { http } = clientOf(json(200, {}), { fetch: undefined, runtime });
      await http.getSnapshot();
      await http.postEvents("{}");
      expect([opened, closed]).toEqual([1, 0]);
      expect(sent).toEqual([expect.objectContaining(init), expect.objectContaining(init)]);
      http.close();
      http.close();
      expect(closed, "Deno's client cannot be closed twice").toBe(1);
    } finally {
      globalThis.fetch = original;
    }
  });
});

describe("HttpClient with 429 (contract §1)", () => {
  it("makes no configuration call until Retry-After has passed, 30 s when there is none", async () => {
    for (const [headers, wait] of [[{ "retry-after": "7" }, 7000], [{}, 30_000]] as const) {
      let status = 429;
      const { http, scheduler, sent } = clientOf(() => fakeResponse(status, headers, "{}"));
      expect(await failureOf(http.openStream())).toMatchObject({ status: 429, retryAfter: wait });
      await scheduler.advance(2000);
      for (const [, call] of CALLS.slice(0, 3)) {
        expect(await failureOf(call(http))).toMatchObject({ status: 429, retryAfter: wait - 2000 });
      }
      expect(sent).toHaveLength(1);
      status = 200;
      await http.postEvents("{}");
      await scheduler.advance(wait - 2000);
      await http.getSnapshot();
      expect(sent).toHaveLength(3);
    }
  });

  it("pauses no configuration call for a 429 on events", async () => {
    const { http, sent } = clientOf(() => fakeResponse(sent.length === 1 ? 429 : 200, {}, "{}"));
    expect(await failureOf(http.postEvents("{}"))).toMatchObject({ status: 429, retryAfter: 30_000 });
    await http.getSnapshot();
    expect(sent).toHaveLength(2);
  });

  it("does not pause for an hour because the clock was set back", async () => {
    let status = 429;
    const { http, scheduler, sent } = clientOf(() => fakeResponse(status, {}, "{}"));
    await failureOf(http.getSnapshot());
    status = 200;
    scheduler.jump(-3_600_000);
    await http.getSnapshot();
    expect(sent).toHaveLength(2);
    scheduler.jump(3_590_000);
    await http.getSnapshot();
    expect(sent).toHaveLength(3);
  });
});

describe("HttpClient.close()", () => {
  it("keeps nothing of a call that is over", async () => {
    const { http, sent } = clientOf(() => json(200, {}));
    for (const [, call] of CALLS.filter(([name]) => name !== "openStream()")) await call(http);
    http.close();
    // A call that close() still knew of would be aborted by it.
    expect(sent.map(({ init }) => init.signal?.aborted)).toEqual([false, false, false]);
  });

  it("ends what is under way and refuses what comes", async () => {
    const body = new FakeBody();
    const streaming = clientOf(() => fakeResponse(200, { "content-type": "text/event-stream" }, body));
    await streaming.http.openStream();
    streaming.http.close();
    expect(body.cancelled).toBe(true);
    const { http, sent, scheduler } = clientOf(new Promise<Response>(() => {}));
    const failures = CALLS.map(([, call]) => failureOf(call(http)));
    http.close();
    for (const failure of failures) expect((await failure).message).toContain("closed");
    for (const [, call] of CALLS) expect((await failureOf(call(http))).message).toContain("closed");
    expect(sent).toHaveLength(4);
    expect(scheduler.armed).toBe(0);
  });

  it("touches no other request's call where that is forbidden (contract §6.1)", async () => {
    const runtime = { name: "workerd", hasBackground: false, requestInit: {}, streamInit: {} };
    const { http, sent, scheduler } = clientOf(new Promise<Response>(() => {}), { runtime });
    const failure = failureOf(http.getSnapshot());
    http.close();
    await scheduler.advance(0);
    expect(sent[0]?.init.signal?.aborted).toBe(false);
    await scheduler.advance(5000);
    await failure;
  });
});
