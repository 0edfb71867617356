import { HTTPException } from "hono/http-exception";
import { describe, expect, it } from "vitest";
import { until } from "../../../support/until.ts";
import { RelayedEvents } from "../../../../src/server/relay/relayed-events.ts";
import { ManualScheduler } from "../../../support/manual-scheduler.ts";
import { EventPosts } from "../../../support/service.ts";
import { collectingLogger } from "../../events/fixture.ts";
import { VERSION } from "../../../../src/version.ts";
import { RelayFixture } from "../relay-fixture.ts";

const EVENT = { type: "Evaluation", flagKey: "dark-mode", timestamp: "2026-01-01T00:00:00.000Z" };

function events(count: number, first = 0): object[] {
  return Array.from({ length: count }, (_, index) => ({ ...EVENT, userId: String(first + index) }));
}

describe("createRelay()'s events", () => {
  it("go on in merged batches, as they came (contract §5)", async () => {
    const fixture = await RelayFixture.started();
    const odd = {
      ...EVENT,
      userId: "odd",
      timestamp: "2026-01-01T00:00:00.123456+00:00",
      metadata: { a: 1 },
    };
    for (let client = 0; client < 30; client++) {
      await fixture.ask("/v1/sdk/events", { body: { events: events(10, 10 * client) } });
    }
    const bodies: unknown[] = [];
    fixture.fault = async (request) => {
      bodies.push(await request.json());
      return new Response(null, { status: 202 });
    };
    await fixture.ask("/v1/sdk/events", { body: { events: [odd] } });
    await fixture.scheduler.advance(5_000);
    expect(bodies).toEqual([{ events: [...events(300), { ...odd, timestamp: "2026-01-01T00:00:00.123Z" }] }]);
    expect(fixture.relay.status.events).toMatchObject({ sent: 301, waiting: 0 });
  });

  it("wait for a service that is away; when there is no room, clients keep theirs (contract §5)", async () => {
    const fixture = await RelayFixture.started();
    fixture.fault = (request) => {
      return request.method === "POST" ? new Response(null, { status: 503 }) : undefined;
    };
    for (let batch = 0; batch < 10; batch++) {
      const response = await fixture.ask("/v1/sdk/events", {
        body: { events: events(1_000, 1_000 * batch) },
      });
      expect(response.status).toBe(202);
    }
    const refused = await fixture.ask("/v1/sdk/events", { body: { events: events(1) } });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    await fixture.scheduler.advance(20_000);
    fixture.fault = undefined;
    await fixture.scheduler.advance(20_000);
    expect(fixture.service.events.map(({ userId }) => Number(userId)))
      .toEqual(Array.from({ length: 10_000 }, (_, index) => index));
    expect(fixture.relay.status.events).toEqual({
      sent: 10_000,
      waiting: 0,
      shed: { repeats: 0, evaluations: 0, others: 0 },
      dropped: { rejected: 0, closed: 0 },
    });
  });

  it("are taken whole or not at all", async () => {
    const fixture = await RelayFixture.started();
    const statusOf = async (body: unknown): Promise<number> =>
      (await fixture.ask("/v1/sdk/events", { body })).status;
    expect(await statusOf({ events: [EVENT, "no object"] })).toBe(400);
    expect(await statusOf({ events: events(10_001) })).toBe(413);
    expect(await statusOf([])).toBe(400);
    expect(await statusOf({ events: [] })).toBe(202);
    expect(fixture.relay.status.events.waiting).toBe(0);
  });

  it("that the service refuses cost themselves alone (contract §5)", async () => {
    const fixture = await RelayFixture.started();
    const guilty = { ...EVENT, flagKey: "guilty" };
    const { service } = fixture;
    fixture.fault = async (request) => {
      const isRefused = request.method === "POST" && (await request.clone().text()).includes("guilty");
      return isRefused ? new Response(null, { status: 400 }) : await service.fetch(request);
    };
    await fixture.ask("/v1/sdk/events", { body: { events: [...events(5), guilty, ...events(5, 5)] } });
    await fixture.scheduler.advance(30_000);
    await until(() => fixture.relay.status.events.waiting === 0);
    expect(fixture.service.events).toHaveLength(10);
    expect(fixture.relay.status.events.dropped.rejected).toBe(1);
  });

  it("of an unknown type cost themselves alone and go nowhere (contract §9)", async () => {
    const fixture = await RelayFixture.started();
    const strange = { ...EVENT, type: "Unheard-of" };
    const asked = await fixture.ask("/v1/sdk/events", { body: { events: [...events(5), strange] } });
    expect(asked.status).toBe(202);
    await fixture.relay.close();
    expect(fixture.service.events).toHaveLength(5);
    expect(fixture.relay.status.events).toMatchObject({ sent: 5, dropped: { rejected: 1 } });
  });

  it("that wait leave on close() (contract §6)", async () => {
    const fixture = await RelayFixture.started();
    await fixture.ask("/v1/sdk/events", { body: { events: events(5) } });
    await fixture.relay.close();
    expect(fixture.service.events).toHaveLength(5);
  });

  it.each([
    ["5 s by default", undefined, 5_000],
    ["the time given", { timeout: 700 }, 700],
  ])("that wait are given up on close() after %s (contract §6)", async (_, options, time) => {
    const fixture = await RelayFixture.started();
    await fixture.ask("/v1/sdk/events", { body: { events: events(5) } });
    fixture.fault = () => new Promise<Response>(() => {});
    let isClosed = false;
    const closed = fixture.relay.close(options).then(() => isClosed = true);
    await fixture.scheduler.advance(time - 1);
    expect(isClosed).toBe(false);
    await fixture.scheduler.advance(1);
    await closed;
    expect(fixture.relay.status.events).toMatchObject({ sent: 0, waiting: 0, dropped: { closed: 5 } });
  });

  it("tell the service who sends them (contract §1)", async () => {
    const fixture = await RelayFixture.started();
    let sender: string | null = null;
    fixture.fault = (request) => {
      sender = request.headers.get("user-agent");
      return new Response(null, { status: 202 });
    };
    await fixture.ask("/v1/sdk/events", { body: { events: events(1) } });
    await fixture.relay.close();
    expect(sender).toMatch(new RegExp(`^featureflip-sdk/${VERSION.replaceAll(".", "\\.")} \\(`));
  });

  it("go to eventsUrl, flags come from baseUrl (contract §7)", async () => {
    const urls: string[] = [];
    const fixture = await RelayFixture.started({ upstream: { eventsUrl: "http://events.internal/" } });
    fixture.fault = (request) => {
      urls.push(request.url);
      return new Response(null, { status: 202 });
    };
    await fixture.ask("/v1/sdk/events", { body: { events: events(1) } });
    await fixture.relay.close();
    expect(urls).toEqual(["http://events.internal/v1/sdk/events"]);
    expect(fixture.asked).toContain("GET /v1/sdk/stream");
  });

  it("are refused from the moment the relay closes, also those whose body was on its way (contract §9)", async () => {
    const fixture = await RelayFixture.started();
    await fixture.ask("/v1/sdk/events", { body: { events: events(3) } });
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const underWay = fixture.relay.fetch(
      new Request("http://relay.internal/v1/sdk/events", {
        method: "POST",
        headers: { authorization: "relay-web", "content-type": "application/json" },
        body: body.readable,
        duplex: "half",
      } as RequestInit),
    );
    await fixture.settle();
    let answer = (_: Response): void => {};
    fixture.fault = () => new Promise<Response>((resolve) => void (answer = resolve));
    const closed = fixture.relay.close();
    await fixture.settle();
    const writer = body.writable.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify({ events: events(1) })));
    await writer.close();
    const late = [await underWay, await fixture.ask("/v1/sdk/events", { body: { events: events(1) } })];
    expect(late.map(({ status }) => status)).toEqual([503, 503]);
    expect(late.map(({ headers }) => headers.get("retry-after"))).toEqual(["1", "1"]);
    answer(new Response(null, { status: 202 }));
    await closed;
    expect(fixture.relay.status.events).toMatchObject({ sent: 3, waiting: 0, dropped: { closed: 0 } });
  });

  it("of one key fill 8 MiB and no byte more, and another key has its own (contract §9)", async () => {
    const fixture = await RelayFixture.started({ maxBodyBytes: 4 * 2 ** 20 });
    fixture.fault = () => new Response(null, { status: 503 });
    const size = (event: object): number => JSON.stringify(event).length + 1 + "+01".length; // a date may be longer
    const withText = (length: number): object => ({
      ...EVENT,
      type: "Custom",
      metadata: { text: "x".repeat(length) },
    });
    const large = withText(16_000);
    const total = 8 * 2 ** 20;
    const count = Math.floor(total / size(large)) - 1;
    for (let left = count; left > 0; left -= 200) {
      const body = { events: Array.from({ length: Math.min(left, 200) }, () => large) };
      expect((await fixture.ask("/v1/sdk/events", { body })).status).toBe(202);
    }
    const rest = total - count * size(large);
    const first = withText(Math.floor(rest / 2) - size(withText(0)));
    const last = (extra: number): object => withText(rest - size(first) - size(withText(0)) + extra);
    const fill = async (extra: number): Promise<number> =>
      (await fixture.ask("/v1/sdk/events", { body: { events: [first, last(extra)] } })).status;
    expect(await fill(1)).toBe(503);
    expect(await fill(0)).toBe(202);
    expect((await fixture.ask("/v1/sdk/events", { body: { events: [EVENT] } })).status).toBe(503);
    const headers = { authorization: "relay-jobs" };
    expect((await fixture.ask("/v1/sdk/events", { body: { events: [EVENT] }, headers })).status).toBe(202);
  });
});

describe("RelayedEvents", () => {
  function statusOf(act: () => void): number {
    try {
      act();
    } catch (error) {
      if (error instanceof HTTPException) return error.status;
      throw error;
    }
    return 202;
  }

  /** Two keys of ten events each, before a service that is away. */
  function createRelayed(): RelayedEvents {
    const scheduler = new ManualScheduler();
    const http = new EventPosts(scheduler);
    http.answer = () => ({ status: 503 });
    return new RelayedEvents({
      ...{ http, scheduler, logger: collectingLogger([]), hasBackground: true },
      ...{
        connectTimeout: 5_000,
        flushInterval: 5_000,
        flushBatchSize: 100,
        keyCount: 2,
        maxWaitingEvents: 10,
      },
    });
  }
  /** The bytes that may wait with so few events. */
  const BYTES = Math.ceil(8 * 2 ** 20 / 1_000);
  const event = { ...EVENT, type: "Evaluation" } as const;

  it("have room for exactly maxWaitingEvents and their share of the bytes, for each key (contract §9)", () => {
    const relayed = createRelayed();
    relayed.take(0, { events: events(9) });
    expect(statusOf(() => relayed.take(0, { events: events(2) }))).toBe(503);
    relayed.admit(0, 0);
    relayed.take(0, { events: events(1) });
    expect(statusOf(() => relayed.admit(0, 0))).toBe(503);
    expect(statusOf(() => relayed.take(0, { events: events(1) }))).toBe(503);
    relayed.offer(0, event);
    expect(relayed.counters).toMatchObject({
      waiting: 10,
      shed: { repeats: 0, evaluations: 0, others: 0 },
    });
    relayed.admit(1, BYTES);
    relayed.take(1, { events: [{ ...EVENT, type: "Custom", metadata: { text: "x".repeat(BYTES - 500) } }] });
    expect(statusOf(() => relayed.admit(1, BYTES))).toBe(503);
    expect(relayed.counters).toMatchObject({ waiting: 11, shed: { evaluations: 0 } });
    expect(relayed.refusedRequests).toEqual([3, 1]);
  });

  it("that can never fit are 413, or their client would send them again without end (contract §5, §9)", () => {
    const relayed = createRelayed();
    expect(statusOf(() => relayed.admit(1, BYTES + 1))).toBe(413);
    const large = { ...EVENT, type: "Custom", metadata: { text: "x".repeat(BYTES) } };
    expect(statusOf(() => relayed.take(1, { events: [large] }))).toBe(413);
    expect(statusOf(() => relayed.take(1, { events: events(11) }))).toBe(413);
    expect(relayed.refusedRequests).toEqual([0, 0]);
  });

  it("wait for the interval to be merged, however old they are (contract §9)", async () => {
    const scheduler = new ManualScheduler();
    const http = new EventPosts(scheduler);
    const relayed = new RelayedEvents({
      ...{ http, scheduler, logger: collectingLogger([]), hasBackground: true },
      ...{
        connectTimeout: 5_000,
        flushInterval: 5_000,
        flushBatchSize: 100,
        keyCount: 1,
        maxWaitingEvents: 10,
      },
    });
    const timestamp = new Date(scheduler.now() - 3_600_000).toISOString();
    relayed.take(0, { events: [{ ...EVENT, timestamp }] });
    await scheduler.advance(4_999);
    expect(http.requests).toHaveLength(0);
    await scheduler.advance(1);
    expect(http.received).toMatchObject([{ timestamp }]);
  });

  it("take and admit nothing while they close (contract §9)", () => {
    const relayed = createRelayed();
    void relayed.close(0);
    expect(() => relayed.admit(0, 0)).toThrow(HTTPException);
    expect(() => relayed.take(0, { events: events(1) })).toThrow(HTTPException);
    relayed.offer(1, event);
    expect(relayed.counters.waiting).toBe(0);
  });
});
