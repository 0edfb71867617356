import { describe, expect, it } from "vitest";
import { clientHandle } from "../../../../src/client/internals.ts";
import { clientSource, ServerSource } from "../../../../src/server/ofrep/flag-source.ts";
import { ManualScheduler } from "../../../support/manual-scheduler.ts";
import { flagSetOf, wireFlag, wireSnapshot } from "../../../support/wire.ts";
import { createFixture, createRequestFixture } from "../../../support/client-fixture.ts";

describe("clientSource()", () => {
  it("waits for the first flags of a client that is starting", async () => {
    const source = clientSource(createFixture().connect({ mode: "polling" }));
    expect(source.flags).toBeNull();
    await source.prepare(1_000, undefined);
    expect([...source.flags!.keys()]).toEqual(["dark-mode"]);
  });

  it("loads the flags within the request on request-scoped runtimes, and has no streams there", async () => {
    const source = clientSource(createRequestFixture().connect());
    await source.prepare(1_000, undefined);
    expect([source.hasStreams, source.flags?.get("dark-mode")?.key]).toEqual([false, "dark-mode"]);
  });

  it("never rejects, and loads nothing in mode manual", async () => {
    const fixture = createRequestFixture();
    fixture.service.rejectKey();
    await clientSource(fixture.connect()).prepare(1_000, undefined);
    const manual = createFixture();
    await clientSource(manual.connect({ mode: "manual" })).prepare(1_000, undefined);
    expect(manual.service.requests).toEqual([]);
  });

  it("tells of changes until it is stopped, and of the end", async () => {
    const { connect, service } = createFixture();
    const client = connect({ mode: "manual" });
    await client.refresh();
    const heard: string[] = [];
    const stop = clientSource(client).watch(() => heard.push("change"), () => heard.push("end"));
    service.snapshot = { ...service.snapshot, version: 2, flags: [] };
    await client.refresh();
    expect(heard).toEqual(["change"]);
    await client.close();
    expect(heard).toEqual(["change", "end"]);
    stop();
  });

  it("records events that are shed before the client's own (contract §9)", async () => {
    const { connect } = createFixture();
    const client = connect({ mode: "manual" });
    await client.refresh();
    const recorded: unknown[] = [];
    clientHandle(client).record = (...args) => void recorded.push(...args);
    const source = clientSource(client);
    source.record("dark-mode", {}, source.flags!.evaluate("dark-mode", {})!, undefined);
    expect(recorded.at(-1)).toBe(true);
  });

  it("has the SDK key for tokens, where there is one", () => {
    const { connect, sdkKey } = createFixture();
    expect(clientSource(connect({ mode: "manual" })).sdkKey).toBe(sdkKey);
    expect(clientSource(connect({ mode: "offline", sdkKey: undefined })).sdkKey).toBeUndefined();
  });
});

describe("ServerSource", () => {
  it("serves a server's flags, and records evaluations without a user", async () => {
    const events: unknown[] = [];
    const flags = flagSetOf(wireSnapshot([wireFlag("dark-mode")]));
    let refreshes = 0;
    const source = new ServerSource({
      flags: () => flags,
      scheduler: new ManualScheduler(),
      sdkKey: "sdk-1",
      warn() {},
      refresh: () => Promise.resolve(refreshes++),
      takeEvent: (event) => events.push(event),
    });
    await source.prepare();
    await source.refresh();
    expect([source.flags, source.hasStreams, refreshes, source.contextOf(null)]).toEqual([
      flags,
      true,
      1,
      {},
    ]);
    source.record("dark-mode", { user_id: "ada" }, flags.evaluate("dark-mode", {})!);
    expect(events).toEqual([
      { type: "Evaluation", flagKey: "dark-mode", variation: "on", timestamp: "2026-01-01T00:00:00.000Z" },
    ]);
    let changes = 0;
    const stop = source.watch(() => changes++);
    source.changed();
    stop();
    source.changed();
    expect(changes).toBe(1);
  });
});
