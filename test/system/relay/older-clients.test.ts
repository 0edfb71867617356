import { describe, expect, it } from "vitest";
import { wireFlag, wireSegment } from "../../support/wire.ts";
import { readStream } from "../../unit/server/local-api.ts";
import { RelayFixture } from "../../unit/server/relay-fixture.ts";

/** How clients of other languages and ages ask: headers they send, and how they hear of changes. */
const CLIENTS: readonly (readonly [name: string, headers: Readonly<Record<string, string>>])[] = [
  ["a bare key, no Accept, no Last-Event-ID", {}],
  ["Bearer, Accept of an EventSource", {
    authorization: "Bearer relay-web",
    accept: "text/event-stream",
    "cache-control": "no-cache",
  }],
  ["bearer in small letters, any type", { authorization: "bearer relay-web", accept: "*/*" }],
  ["compression asked for", { "accept-encoding": "gzip, deflate, br", accept: "text/event-stream" }],
  ["an empty Last-Event-ID, as polyfills send", { "last-event-id": "" }],
  ["a Last-Event-ID of another server", { "last-event-id": "6b1f0d9e" }],
  ["an upper-case JSON type", { accept: "APPLICATION/JSON, text/event-stream" }],
];

describe.each(CLIENTS)("a client of another age: %s", (_, headers) => {
  it("hears every change without a `sync` in mid-stream, and polls without an ETag (contract §4, §9)", async () => {
    const fixture = await RelayFixture.started();
    const response = await fixture.ask("/v1/sdk/stream", { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("content-encoding")).toBeNull();
    const stream = readStream(response);
    expect(await stream.next()).toMatchObject({ event: "sync" });

    const changes: readonly (readonly [event: string, make: () => unknown, data: object])[] = [
      ["flag.updated", () => fixture.service.patchFlag("dark-mode", { enabled: false }), {
        key: "dark-mode",
        enabled: false,
      }],
      ["flag.created", () => fixture.service.putFlag(wireFlag("new")), { key: "new", enabled: true }],
      ["flag.deleted", () => fixture.service.deleteFlag("new"), { key: "new" }],
      [
        "segment.updated",
        () => fixture.service.putSegment(wireSegment("pro-users", { conditionLogic: "Or" })),
        {
          key: "pro-users",
          conditionLogic: "Or",
        },
      ],
    ];
    let version = 0;
    const held = new Map([["dark-mode", 1], ["pro-users", 1]]);
    for (const [event, make, data] of changes) {
      make();
      await fixture.scheduler.advance(1_000);
      const heard = await stream.next();
      expect(heard).toMatchObject({ event, data });
      // Older clients drop what has no higher version than they hold.
      const { key, version: told } = heard!.data as { key: string; version: number };
      expect(told, event).toBeGreaterThan(held.get(key) ?? 0);
      held.set(key, told);
      const poll = await fixture.ask("/v1/sdk/flags", { headers });
      expect(poll.status).toBe(200);
      const snapshot = await poll.json();
      expect(snapshot.version).toBeGreaterThanOrEqual(version);
      version = snapshot.version;
    }
    await stream.cancel();
    await fixture.relay.close();
  });
});
