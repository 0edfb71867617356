import { describe, expect, it } from "vitest";
import type { RelayOptions } from "../../../../src/server/mod.ts";
import { ServiceSocket } from "../../../support/service-socket.ts";
import { until } from "../../../support/until.ts";
import { conditionalFlag, wireFlag, wireSegment, wireSnapshot } from "../../../support/wire.ts";
import { detailOf, readStream } from "../local-api.ts";
import type { StreamReader } from "../local-api.ts";
import { RelayFixture, UPSTREAM_KEY } from "../relay-fixture.ts";

const EVENT = { type: "Evaluation", flagKey: "dark-mode", timestamp: "2026-01-01T00:00:00.000Z" };

async function openStream(fixture: RelayFixture): Promise<StreamReader> {
  const stream = readStream(await fixture.ask("/v1/sdk/stream"));
  expect(await stream.next()).toMatchObject({ event: "sync" });
  return stream;
}

describe("createRelay()", () => {
  it("makes one connection to the service for all clients", async () => {
    const fixture = await RelayFixture.started();
    const streams = await Promise.all(Array.from({ length: 50 }, () => openStream(fixture)));
    for (let call = 0; call < 20; call++) expect((await fixture.ask("/v1/sdk/flags")).status).toBe(200);
    expect(fixture.asked).toEqual(["GET /v1/sdk/stream"]);
    expect(fixture.relay.status.openStreams).toBe(50);
    for (const stream of streams) await stream.cancel();
    expect(fixture.relay.status.openStreams).toBe(0);
  });

  it("serves all flags with an ETag, one flag, and evaluations (contract §1)", async () => {
    const fixture = await RelayFixture.started();
    const all = await fixture.ask("/v1/sdk/flags");
    expect(await all.json()).toEqual(fixture.service.snapshot);
    const tag = all.headers.get("etag")!;
    const again = await fixture.ask("/v1/sdk/flags", { headers: { "if-none-match": tag } });
    expect(again.status).toBe(304);

    const one = await fixture.ask("/v1/sdk/flags/dark-mode");
    expect(await one.json()).toMatchObject({ key: "dark-mode" });
    expect((await fixture.ask("/v1/sdk/flags/no-such")).status).toBe(404);

    const body = { flagKey: "by-segment", context: { userId: "u", attributes: { plan: "pro" } } };
    const evaluated = await fixture.ask("/v1/sdk/evaluate", { body });
    expect(await evaluated.json()).toMatchObject({ variation: "on", reason: "RuleMatch" });
  });

  it("takes its own keys, in both spellings, and not the service's (contract §1)", async () => {
    const fixture = await RelayFixture.started();
    const statusFor = async (authorization: string): Promise<number> =>
      (await fixture.ask("/v1/sdk/flags", { headers: { authorization } })).status;
    expect(await statusFor("relay-web")).toBe(200);
    expect(await statusFor("Bearer relay-jobs")).toBe(200);
    expect(await statusFor("relay-we")).toBe(401);
    expect(await statusFor(UPSTREAM_KEY)).toBe(401);
    expect(await statusFor("")).toBe(401);
  });

  it("has nothing of what changes a local API", async () => {
    const fixture = await RelayFixture.started();
    const response = await fixture.ask("/v1/local/flags/dark-mode", { method: "PATCH", body: {} });
    expect(response.status).toBe(404);
  });

  it("asks to come back while there are no flags, and takes events meanwhile (contract §1)", async () => {
    const fixture = new RelayFixture();
    fixture.fault = () => new Response(null, { status: 503 });
    await fixture.settle();
    for (const path of ["/v1/sdk/flags", "/v1/sdk/flags/dark-mode", "/v1/sdk/stream"]) {
      const response = await fixture.ask(path);
      expect([response.status, response.headers.get("retry-after")], path).toEqual([503, "1"]);
      expect(await detailOf(response)).toBe("No flags are loaded yet");
    }
    expect((await fixture.ask("/v1/sdk/evaluate", { body: { flagKey: "dark-mode" } })).status).toBe(503);
    expect((await fixture.ask("/v1/sdk/events", { body: { events: [EVENT] } })).status).toBe(202);
    const health = await fixture.ask("/health");
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ status: "starting", upstream: { state: "ERROR" } });

    fixture.fault = undefined;
    await fixture.scheduler.advance(5_000);
    expect((await fixture.ask("/v1/sdk/flags")).status).toBe(200);
    expect((await fixture.ask("/health")).status).toBe(200);
  });

  it("goes on when its logger fails: a stream that broke is opened again", async () => {
    const fail = (): never => {
      throw new Error("the disk is full");
    };
    const fixture = new RelayFixture({ logger: { debug: fail, info: fail, warn: fail, error: fail } });
    fixture.fault = () => new Response(null, { status: 500 });
    await fixture.settle();
    fixture.fault = undefined;
    await fixture.scheduler.advance(5_000);
    expect(fixture.asked.filter((asked) => asked === "GET /v1/sdk/stream")).toHaveLength(2);
    expect(fixture.relay.status.upstream).toMatchObject({ state: "READY", mode: "streaming" });
  });

  it("warns once of a condition that it can not ask, however often its flags come", async () => {
    const conditions = [{ attribute: "a", operator: "MatchesRegex", values: ["("] }];
    const fixture = await RelayFixture.started({}, wireSnapshot([conditionalFlag("odd", conditions)]));
    for (let times = 0; times < 3; times++) {
      fixture.service.putSegment(wireSegment("s"));
      await fixture.scheduler.advance(300);
      expect((await fixture.ask("/v1/sdk/evaluate", { body: { flagKey: "odd" } })).status).toBe(200);
    }
    const ofPatterns = fixture.logger.lines.filter((line) => line.includes("pattern"));
    expect(ofPatterns).toEqual(['warn: Cannot compile pattern "(": it matches nothing']);
  });

  it("says that the key is rejected upstream, and serves what it has (contract §1)", async () => {
    const fixture = new RelayFixture();
    fixture.fault = () => Response.json({ error: "no" }, { status: 401 });
    await fixture.settle();
    expect(fixture.relay.status.upstream.state).toBe("FATAL");
    expect(fixture.logger.lines.filter((line) => line.startsWith("error"))).toHaveLength(1);
    expect((await fixture.ask("/v1/sdk/flags")).status, "not the client's fault").toBe(503);
    expect(fixture.logger.lines.join()).not.toContain(UPSTREAM_KEY);
  });

  it("logs nothing of the service's key, though a payload echoes it (contract §1)", async () => {
    const fixture = new RelayFixture();
    fixture.fault = () => Response.json({ flags: UPSTREAM_KEY, segments: [] });
    await fixture.settle();
    await fixture.scheduler.advance(3_000);
    await until(() => fixture.logger.lines.join().includes('flags must be a list, but is "[SDK key]"'));
    expect(fixture.logger.lines.join()).not.toContain(UPSTREAM_KEY);
    await fixture.relay.close();
  });

  it("passes every change on as a whole flag, whatever the service said of it (contract §4)", async () => {
    const fixture = await RelayFixture.started();
    const stream = await openStream(fixture);
    const { service } = fixture;
    service.patchFlag("dark-mode", { enabled: false });
    expect(await stream.next()).toMatchObject({
      event: "flag.updated",
      data: { key: "dark-mode", enabled: false, variations: expect.any(Array) },
    });
    service.putFlag(wireFlag("new"));
    expect(await stream.next()).toMatchObject({ event: "flag.created", data: { key: "new" } });
    service.deleteFlag("new");
    expect(await stream.next()).toMatchObject({ event: "flag.deleted", data: { key: "new" } });
    service.putSegment(wireSegment("pro-users", { conditions: [] }));
    expect(await stream.next()).toMatchObject({
      event: "segment.updated",
      data: { key: "pro-users", version: 5, conditions: [] },
    });
    const { flags, segments } = JSON.parse(JSON.stringify(service.snapshot));
    expect(await (await fixture.ask("/v1/sdk/flags")).json()).toMatchObject({ flags, segments });
    await stream.cancel();
  });

  it("gives a deletion the same version, however it learned of it (contract §4, §9)", async () => {
    const polling = { upstream: { streaming: false, pollInterval: 1_000 } as RelayOptions["upstream"] };
    for (const options of [{}, polling]) {
      const fixture = await RelayFixture.started(options);
      const stream = await openStream(fixture);
      fixture.service.deleteFlag("dark-mode");
      await fixture.scheduler.advance(3_000);
      expect(await stream.next()).toEqual({ event: "flag.deleted", data: { key: "dark-mode", version: 2 } });
      const { version } = await (await fixture.ask("/v1/sdk/flags")).json();
      expect(version, "so no client asks for a version that the relay does not know").toBeGreaterThanOrEqual(
        2,
      );
      await stream.cancel();
      await fixture.relay.close();
    }
  });

  it("sends clients after an outage only what changed in it", async () => {
    const fixture = await RelayFixture.started();
    const stream = await openStream(fixture);
    fixture.fault = () => new Response(null, { status: 503 });
    fixture.service.close();
    await fixture.scheduler.advance(3_000);
    fixture.service.patchFlag("dark-mode", { enabled: false });
    fixture.service.deleteFlag("disabled");
    expect((await fixture.ask("/v1/sdk/flags/disabled")).status, "served meanwhile").toBe(200);
    fixture.fault = undefined;
    await fixture.scheduler.advance(20_000);
    expect(await stream.next()).toMatchObject({ event: "flag.updated", data: { key: "dark-mode" } });
    expect(await stream.next()).toMatchObject({ event: "flag.deleted", data: { key: "disabled" } });
    fixture.service.patchFlag("by-plan", { enabled: false });
    expect(await stream.next(), "and nothing in between").toMatchObject({ data: { key: "by-plan" } });
    await stream.cancel();
  });

  it("syncs its clients when a flag went back to an older version, which no update can say (contract §4)", async () => {
    const older = wireSnapshot([wireFlag("dark-mode", { version: 3, enabled: false })]);
    const fixture = await RelayFixture.started({}, wireSnapshot([wireFlag("dark-mode", { version: 7 })]));
    const stream = await openStream(fixture);
    // The service's streams end; the next one begins with an older snapshot, as after its data was restored.
    fixture.fault = () => {
      const text = `event: sync\ndata: ${JSON.stringify(older)}\n\n`;
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    };
    fixture.service.close();
    await fixture.settle();
    await fixture.scheduler.advance(5_000);
    expect(await stream.next()).toMatchObject({ event: "sync", data: { flags: [{ version: 3 }] } });
    await stream.cancel();
  });

  it("does not claim by a ping what nothing has confirmed (contract §6.2)", async () => {
    const fixture = await RelayFixture.started();
    const response = await fixture.ask("/v1/sdk/stream");
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const next = async (): Promise<string> => (await reader.read()).value ?? "";
    expect(await next()).toMatch(/^event: sync\n/);
    await fixture.scheduler.advance(30_000);
    expect(await next()).toMatch(/^event: ping\n/);
    expect(await (await fixture.ask("/health")).json()).toMatchObject({ status: "ok" });

    fixture.fault = () => new Promise<Response>(() => {});
    fixture.service.close();
    await fixture.scheduler.advance(180_000);
    let last = "";
    for (let ping = 0; ping < 6; ping++) last = await next();
    expect(last, "keeps the connection, confirms nothing").toMatch(/^: /);
    const terse = await fixture.ask("/health", { headers: { authorization: "" } });
    expect(terse.status).toBe(200);
    expect(await terse.json(), "without a key").toEqual({ status: "stale" });
    const health = await fixture.ask("/health");
    expect(await health.json()).toEqual({
      status: "stale",
      upstream: { state: "STALE", mode: expect.any(String), version: 1, age: expect.any(Number) },
      openStreams: 1,
      events: {
        sent: 0,
        waiting: 0,
        shed: { repeats: 0, evaluations: 0, others: 0 },
        dropped: { rejected: 0, closed: 0 },
      },
    });
    expect(fixture.relay.status.upstream.lastError?.message).toMatch(/connectTimeout/);
    await reader.cancel();
  });

  it("knows flags for stale although the clock was set back meanwhile (contract §6.2)", async () => {
    const fixture = await RelayFixture.started();
    fixture.fault = () => new Promise<Response>(() => {});
    fixture.service.close();
    fixture.scheduler.jump(-3_600_000);
    expect(fixture.relay.status.upstream).toMatchObject({ state: "READY", age: 0 });
    await fixture.scheduler.advance(180_000);
    expect(fixture.relay.status.upstream.state).toBe("STALE");
  });

  it("is reached under the names it was given, any by default", async () => {
    const fixture = await RelayFixture.started({ hosts: ["elsewhere.internal"] });
    expect((await fixture.ask("/health")).status).toBe(421);
  });

  it("shows its health in full to holders of a key or of the metricsToken only (contract §9)", async () => {
    const fixture = await RelayFixture.started({ metricsToken: "ops-token\n" });
    const shown = async (authorization: string): Promise<string[]> =>
      Object.keys(await (await fixture.ask("/health", { headers: { authorization } })).json());
    for (const secret of ["", "wrong", UPSTREAM_KEY]) expect(await shown(secret)).toEqual(["status"]);
    for (const secret of ["ops-token", "Bearer ops-token", "relay-jobs"]) {
      expect(await shown(secret)).toEqual(["status", "upstream", "openStreams", "events"]);
    }
    expect((await fixture.ask("/v1/sdk/flags", { headers: { authorization: "ops-token" } })).status).toBe(
      401,
    );
  });

  it("is ready once it has flags (contract §9)", async () => {
    const starting = new RelayFixture();
    starting.fault = () => new Promise<Response>(() => {});
    const notReady = await starting.ask("/ready", { headers: { authorization: "" } });
    expect(notReady.status).toBe(503);
    const fixture = await RelayFixture.started();
    expect((await fixture.ask("/ready", { headers: { authorization: "" } })).status).toBe(200);
  });

  it("bounds the requests of one key, and of no other (contract §9)", async () => {
    const fixture = await RelayFixture.started({ maxRequestsPerMinute: 2 });
    const statusOf = async (authorization: string): Promise<number> =>
      (await fixture.ask("/v1/sdk/flags", { headers: { authorization } })).status;
    const statuses = [];
    for (let request = 0; request < 3; request++) statuses.push(await statusOf("relay-web"));
    expect(statuses).toEqual([200, 200, 429]);
    expect(await statusOf("relay-jobs")).toBe(200);
    await fixture.scheduler.advance(60_000);
    expect(await statusOf("relay-web")).toBe(200);
  });

  it("counts its version on when the flag that had it is deleted", async () => {
    const fixture = await RelayFixture.started();
    fixture.service.putFlag({ ...wireFlag("new"), version: 50 });
    fixture.service.deleteFlag("new");
    await fixture.settle();
    expect(fixture.relay.status.upstream.version).toBe(51);
    expect((await (await fixture.ask("/v1/sdk/flags")).json()).version).toBe(51);
  });

  it("asks for the version of its flags when a change did not tell it (contract §9)", async () => {
    const fixture = await RelayFixture.started();
    let version = 70;
    fixture.fault = (request) =>
      request.url.endsWith("/flags")
        ? Response.json({
          ...fixture.service.snapshot,
          version,
          flags: fixture.service.snapshot.flags.slice(skipped),
        })
        : undefined;
    let skipped = 0;
    const relayed = async (): Promise<unknown> => (await (await fixture.ask("/v1/sdk/flags")).json()).version;
    fixture.service.patchFlag("dark-mode", { enabled: false, version: 50 });
    await fixture.scheduler.advance(60_000);
    expect(await relayed(), "the change told it").toBe(50);
    expect(fixture.asked).toEqual(["GET /v1/sdk/stream"]);

    fixture.service.deleteFlag("by-segment");
    await fixture.settle();
    expect(await relayed()).toBe(51);
    await fixture.scheduler.advance(10_000);
    expect(await relayed()).toBe(70);

    [skipped, version] = [1, 80];
    fixture.service.patchFlag("dark-mode", { enabled: true, version: 60 });
    await fixture.scheduler.advance(60_000);
    expect(await relayed(), "the snapshot is of other flags").toBe(70);
    expect(fixture.asked).toEqual(["GET /v1/sdk/stream", "GET /v1/sdk/flags", "GET /v1/sdk/flags"]);
    expect((await fixture.ask("/v1/sdk/flags/dark-mode")).status).toBe(200);
    fixture.service.deleteFlag("dark-mode");
    await fixture.settle();
    await fixture.relay.close();
    expect(fixture.scheduler.keepingAlive).toBe(0);
  });

  it("counts the versions of segments, which clients name as their own", async () => {
    const fixture = await RelayFixture.started();
    fixture.service.putSegment({ key: "new", version: 60, conditionLogic: "And", conditions: [] });
    await fixture.settle();
    expect(fixture.relay.status.upstream.version).toBe(60);
    // A client that has received it reconnects while the service is away.
    fixture.fault = () => new Promise<Response>(() => {});
    const response = await fixture.ask("/v1/sdk/stream", { headers: { "last-event-id": "60" } });
    expect(response.status).toBe(200);
    await response.body!.cancel();
  });

  describe("when a client has a newer version (contract §4)", () => {
    const withVersion = (fixture: RelayFixture, version: unknown): Promise<Response> =>
      fixture.ask("/v1/sdk/stream", { headers: { "last-event-id": String(version) } });

    /** A relay whose stream has died silently, while a flag was switched off. */
    async function behind(): Promise<RelayFixture> {
      const fixture = await RelayFixture.started();
      fixture.service.close(); // its stream brings nothing more
      fixture.fault = () => new Promise<Response>(() => {});
      await fixture.settle();
      fixture.service.patchFlag("dark-mode", { enabled: false, version: 9 });
      fixture.asked.length = 0;
      return fixture;
    }

    it("brings itself up to date first", async () => {
      const fixture = await behind();
      fixture.fault = undefined;
      const response = await withVersion(fixture, 9);
      expect(response.status).toBe(200);
      const stream = readStream(response);
      expect(await stream.next()).toMatchObject({ event: "sync", data: { version: 9 } });
      expect(fixture.asked).toContain("GET /v1/sdk/flags");
      await stream.cancel();
    });

    it("answers 503 with Retry-After 1 when that takes longer than 2 s", async () => {
      const fixture = await behind();
      const outcome = withVersion(fixture, 9);
      await fixture.scheduler.advance(2_000);
      const response = await outcome;
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("1");
      expect(fixture.relay.status.openStreams).toBe(0);
    });

    it("answers a poll in the same way: it takes the place of a stream that was refused", async () => {
      const fixture = await behind();
      const headers = { "last-event-id": "9", "if-none-match": "*" };
      const outcome = fixture.ask("/v1/sdk/flags", { headers });
      await fixture.scheduler.advance(2_000);
      expect((await outcome).status).toBe(503);
      expect((await fixture.ask("/v1/sdk/flags")).status).toBe(200); // a client that names no version
    });

    it("does not ask the service again for what it has not got, nor more than once a second", async () => {
      const fixture = await RelayFixture.started();
      await fixture.scheduler.advance(5_000);
      fixture.asked.length = 0;
      expect((await withVersion(fixture, 1_000)).status).toBe(200);
      expect(fixture.asked).toEqual(["GET /v1/sdk/flags"]);
      expect((await withVersion(fixture, 999)).status).toBe(200);
      for (let version = 2_000; version < 2_100; version++) {
        expect((await withVersion(fixture, version)).status).toBe(503);
      }
      expect(fixture.asked).toHaveLength(1);
      await fixture.scheduler.advance(1_000);
      expect((await withVersion(fixture, 2_000)).status).toBe(200);
      expect(fixture.asked).toHaveLength(2);
      await fixture.relay.close();
    });

    it("asks again after a second, whatever version a client has claimed before", async () => {
      const fixture = await behind();
      const never = new Promise<Response>(() => {});
      fixture.fault = ({ url }) => url.endsWith("/stream") ? never : undefined;
      expect((await withVersion(fixture, Number.MAX_SAFE_INTEGER)).status).toBe(200);
      fixture.service.patchFlag("dark-mode", { enabled: true, version: 12 });
      await fixture.scheduler.advance(1_000);
      fixture.asked.length = 0;
      const stream = readStream(await withVersion(fixture, 12));
      expect(await stream.next()).toMatchObject({ event: "sync", data: { version: 12 } });
      expect(fixture.asked).toContain("GET /v1/sdk/flags");
      await stream.cancel();
    });

    it("ignores what is no version", async () => {
      const fixture = await RelayFixture.started();
      fixture.asked.length = 0;
      for (const version of ["", "abc", "1e400", "-5", "1"]) {
        expect((await withVersion(fixture, version)).status, version).toBe(200);
      }
      expect(fixture.asked).toEqual([]);
      await fixture.relay.close();
    });
  });

  it("bounds the streams of each key (contract §9)", async () => {
    const fixture = await RelayFixture.started({ maxStreamsPerKey: 1 });
    const open = (authorization: string): Promise<Response> =>
      fixture.ask("/v1/sdk/stream", { headers: { authorization } });
    const statuses = [];
    for (const key of ["relay-web", "relay-web", "relay-jobs"]) statuses.push((await open(key)).status);
    expect(statuses).toEqual([200, 503, 200]);
    await fixture.relay.close();
  });

  it("keeps streams for the other keys where few may be open (contract §9)", async () => {
    const fixture = await RelayFixture.started({ maxStreams: 4 });
    const open = (authorization: string): Promise<Response> =>
      fixture.ask("/v1/sdk/stream", { headers: { authorization } });
    const statuses = [];
    for (const key of ["relay-web", "relay-web", "relay-web", "relay-jobs", "relay-jobs"]) {
      statuses.push((await open(key)).status);
    }
    expect(statuses).toEqual([200, 200, 503, 200, 200]);
    await fixture.relay.close();
  });

  it("drains: refuses /ready and new streams, ends open ones, and still takes events (contract §9)", async () => {
    const fixture = await RelayFixture.started();
    const streams = await Promise.all(Array.from({ length: 20 }, () => fixture.ask("/v1/sdk/stream")));
    const texts = streams.map((response) => response.text());
    const drained = fixture.relay.drain(10_000);
    expect((await fixture.ask("/ready")).status).toBe(503);
    const refused = await fixture.ask("/v1/sdk/stream");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    await fixture.scheduler.advance(5_000);
    expect(fixture.relay.status.openStreams).toBeLessThan(15);
    expect(fixture.relay.status.openStreams).toBeGreaterThan(5);
    await fixture.scheduler.advance(5_000);
    await drained;
    expect((await fixture.ask("/v1/sdk/events", { body: { events: [] } })).status).toBe(202);
    expect((await fixture.ask("/v1/sdk/flags")).status).toBe(200);
    for (const text of await Promise.all(texts)) expect(text).toMatch(/\nretry: \d{3,4}\n\n$/);
    await fixture.relay.close();
  });

  it("shows metrics to holders of a key or of the metricsToken, and never a key (contract §9)", async () => {
    const fixture = await RelayFixture.started({ metricsToken: "ops-token" });
    await openStream(fixture);
    await fixture.ask("/v1/sdk/events", {
      body: { events: [{ type: "Custom", flagKey: "a" }, { type: "Odd", flagKey: "b" }] },
      headers: { authorization: "relay-jobs" },
    });
    fixture.service.patchFlag("dark-mode", {});
    await fixture.settle();
    for (const authorization of ["", "wrong", UPSTREAM_KEY]) {
      expect((await fixture.ask("/metrics", { headers: { authorization } })).status).toBe(401);
    }
    expect((await fixture.ask("/metrics", { body: {}, headers: { authorization: "relay-web" } })).status)
      .toBe(405);
    expect((await fixture.ask("/metrics", { headers: { authorization: "relay-web" } })).status).toBe(200);
    const response = await fixture.ask("/metrics", { headers: { authorization: "Bearer ops-token" } });
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    for (const key of [UPSTREAM_KEY, "relay-web", "relay-jobs"]) expect(text).not.toContain(key);
    // printf %s relay-web | sha256sum | cut -c 1-8
    const [web, jobs] = ["c1b2136a", "50aedae2"];
    expect(text.split("\n")).toEqual(expect.arrayContaining([
      `featureflip_relay_streams{key="${web}"} 1`,
      `featureflip_relay_streams{key="${jobs}"} 0`,
      `featureflip_relay_requests_total{key="${web}"} 1`,
      `featureflip_relay_events_received_total{key="${jobs}"} 2`,
      `featureflip_relay_events_rejected_total{key="${jobs}"} 1`,
      "featureflip_relay_changes_total 1",
      "featureflip_relay_deliveries_total 1",
      'featureflip_relay_upstream_state{state="READY"} 1',
      'featureflip_relay_upstream_state{state="STALE"} 0',
      "featureflip_relay_snapshot_version 2",
    ]));
    await fixture.relay.close();
  });

  it("polls the service when the mode is polling (contract §4)", async () => {
    const fixture = await RelayFixture.started({ upstream: { streaming: false, pollInterval: 1_000 } });
    const stream = await openStream(fixture);
    fixture.service.patchFlag("dark-mode", { enabled: false });
    await fixture.scheduler.advance(2_000);
    expect(await stream.next()).toMatchObject({ event: "flag.updated", data: { key: "dark-mode" } });
    expect(new Set(fixture.asked)).toEqual(new Set(["GET /v1/sdk/flags"]));
    expect(fixture.relay.status.upstream.mode).toBe("polling");
    await stream.cancel();
  });

  it("close() ends streams, connection and timers, and answers 503 from then on", async () => {
    const fixture = await RelayFixture.started();
    const stream = await openStream(fixture);
    await fixture.relay.close();
    expect(await stream.next()).toBeUndefined();
    expect((await fixture.ask("/v1/sdk/flags")).status).toBe(503);
    fixture.service.close();
    expect(fixture.scheduler.armed).toBe(0);
  });

  it("close() ends the requests that hang (contract §6)", async () => {
    const socket = await ServiceSocket.start({ answer: (exchange) => exchange.hold() });
    const fixture = new RelayFixture({ upstream: { baseUrl: socket.baseUrl, fetch: undefined } });
    await fixture.ask("/v1/sdk/events", { body: { events: [EVENT] } });
    await fixture.scheduler.advance(5_000);
    await until(() => socket.calls.includes("POST /v1/sdk/events"));
    await fixture.relay.close({ timeout: 0 });
    await until(() => socket.openConnections === 0);
    await socket.refuse();
  });

  it("a second close() waits for its own timeout only (contract §6)", async () => {
    const socket = await ServiceSocket.start({ answer: (exchange) => exchange.hold() });
    const fixture = new RelayFixture({ upstream: { baseUrl: socket.baseUrl, fetch: undefined } });
    await fixture.ask("/v1/sdk/events", { body: { events: [EVENT] } });
    let isClosed = false;
    const first = fixture.relay.close({ timeout: 60_000 }).then(() => isClosed = true);
    const second = fixture.relay.close({ timeout: 1_000 });
    await until(() => socket.calls.includes("POST /v1/sdk/events"));
    await fixture.scheduler.advance(1_000);
    await second;
    expect(isClosed).toBe(false);
    await fixture.scheduler.advance(59_000);
    await first;
    await socket.refuse();
  });

  it("[Symbol.asyncDispose]() sends the events that wait, and ends streams and timers like close()", async () => {
    const fixture = await RelayFixture.started();
    const stream = await openStream(fixture);
    await fixture.ask("/v1/sdk/events", { body: { events: [EVENT] } });
    await fixture.relay[Symbol.asyncDispose]();
    expect(fixture.service.events).toHaveLength(1);
    expect(await stream.next()).toBeUndefined();
    expect((await fixture.ask("/v1/sdk/flags")).status).toBe(503);
    expect(fixture.relay.status.upstream).toEqual({ state: "NOT_READY", mode: "streaming" });
    fixture.service.close();
    expect(fixture.scheduler.armed).toBe(0);
  });

  it("warns of a timeout of close() that was probably meant in seconds (contract §7)", async () => {
    const fixture = await RelayFixture.started();
    await fixture.relay.close({ timeout: 5 });
    expect(fixture.logger.lines).toContain(
      "warn: Option 'timeout' is 5 ms: times are in milliseconds, a second is 1,000",
    );
  });

  it.each<[object, string]>([
    [
      { timeout: -1 },
      "Cannot close relay: 'timeout' must be a finite number of milliseconds, at least 0, or Infinity, but is -1",
    ],
    [{ timeoutMs: 1 }, "Cannot close relay: unknown option 'timeoutMs'. Known options: timeout"],
  ])("close(%j) closes, and logs what is wrong (contract §6)", async (options, message) => {
    const fixture = await RelayFixture.started();
    await fixture.relay.close(options);
    expect(fixture.logger.lines).toContain(`warn: ${message}; closing with the default timeout`);
    expect((await fixture.ask("/v1/sdk/flags")).status).toBe(503);
    fixture.service.close();
    expect(fixture.scheduler.armed).toBe(0);
  });

  it.each([0, Infinity])("close({ timeout: %d }) closes without a warning (contract §6)", async (timeout) => {
    const fixture = await RelayFixture.started();
    await fixture.relay.close({ timeout });
    expect(fixture.logger.lines.join()).not.toContain("close");
    fixture.service.close();
    expect(fixture.scheduler.armed).toBe(0);
  });

  it("drain() refuses a wrong duration, and drains nothing then", async () => {
    const fixture = await RelayFixture.started();
    for (const duration of [-1, NaN, Infinity, "1s"]) {
      const error = await fixture.relay.drain(duration as number).catch((error: unknown) => error);
      expect(error).toMatchObject({ code: "CONFIGURATION", option: "duration" });
    }
    expect((await fixture.ask("/ready")).status).toBe(200);
    await fixture.relay.close();
    fixture.service.close();
  });
});

describe("OFREP on a relay (contract §9)", () => {
  const options = { clientKeys: ["client-web"], flags: ["dark-mode"] };
  const evaluate = {
    body: { context: { targetingKey: "u-1" } },
    headers: { authorization: "Bearer client-web" },
  };

  it("serves the visible flags to client keys alone, which open nothing else", async () => {
    const fixture = await RelayFixture.started(options);
    const response = await fixture.ask("/ofrep/v1/evaluate/flags", evaluate);
    const { flags, eventStreams } = await response.json();
    expect(flags).toMatchObject([{ key: "dark-mode", value: true }]);
    expect(eventStreams[0].url).not.toContain("client-web");
    expect((await fixture.ask("/ofrep/v1/evaluate/flags", { body: evaluate.body })).status).toBe(401);
    expect((await fixture.ask("/v1/sdk/flags", { headers: evaluate.headers })).status).toBe(401);
    expect((await fixture.ask("/metrics", { headers: evaluate.headers })).status).toBe(401);
    expect(() => new RelayFixture({ clientKeys: [UPSTREAM_KEY] })).toThrow("must not contain an SDK key");
  });

  it("limits by the address that the host passes beside the request", async () => {
    const { relay } = await RelayFixture.started({ ...options, rateLimit: 1 });
    const statusOf = async (address: string): Promise<number> => {
      const request = new Request("http://127.0.0.1/ofrep/v1/evaluate/flags", {
        method: "POST",
        headers: { ...evaluate.headers, "content-type": "application/json" },
        body: JSON.stringify(evaluate.body),
      });
      return (await relay.fetch(request, { address })).status;
    };
    expect([await statusOf("a"), await statusOf("a"), await statusOf("b")]).toEqual([200, 429, 200]);
  });

  it("tells streams of the service's changes, and sends events in a queue of its own", async () => {
    const fixture = await RelayFixture.started(options);
    const { eventStreams: [{ url }] } = await (await fixture.ask("/ofrep/v1/evaluate/flags", evaluate))
      .json();
    const { pathname, search } = new URL(url);
    const stream = readStream(await fixture.ask(`${pathname}${search}`));
    expect(await stream.next()).toMatchObject({ data: { type: "refetchEvaluation" } });
    fixture.service.patchFlag("dark-mode", { enabled: false });
    expect(await stream.next()).toMatchObject({ data: { type: "refetchEvaluation" } });
    const { flags } = await (await fixture.ask("/ofrep/v1/evaluate/flags", evaluate)).json();
    expect(flags).toMatchObject([{ value: false, reason: "DISABLED" }]);
    await fixture.scheduler.advance(5_000);
    expect(fixture.service.events.map(({ variation, userId }) => [variation, userId])).toEqual([
      ["on", undefined],
      ["off", undefined],
    ]);
    expect(fixture.relay.status.events.sent).toBe(2);
    expect(fixture.relay.status.eventsByKey.map(({ sent }) => sent)).toEqual([0, 0]);
    await fixture.relay.close();
    expect(await stream.next()).toBeUndefined();
  });
});
