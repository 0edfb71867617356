import { describe, expect, it } from "vitest";
import { Attachments } from "../../../src/client/attachments.ts";
import type { Attachment } from "../../../src/client/attachments.ts";
import type { ClientStatus } from "../../../src/client/options.ts";
import { createLogger } from "../../../src/runtime/logger.ts";
import { createFixture } from "../../support/client-fixture.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { fixed, wireFlag, wireSegment, wireSnapshot } from "../../support/wire.ts";

/** An attachment whose logger writes to the returned lines. */
function createAttachment(lines: string[] = []): Attachment {
  const logger = createLogger((level, message) => lines.push(`${level} ${message}`));
  return { logger, waitUntil: undefined, listeners: { update: new Set(), status: new Set() } };
}

function createAttachments(edit = (message: string): string => message): Attachments {
  return new Attachments(edit, (work) => work(), () => {});
}

describe("Attachments", () => {
  it("counts attachments, and forgets each once", () => {
    const attachments = createAttachments();
    const refs = [attachments.add(createAttachment()), attachments.add(createAttachment())];
    expect([attachments.size, attachments.has(refs[0]!)]).toEqual([2, true]);
    expect([attachments.delete(refs[0]!), attachments.delete(refs[0]!)]).toEqual([true, false]);
    expect([attachments.size, attachments.has(refs[0]!)]).toEqual([1, false]);
  });

  it("writes edited messages to each logger once, after the last has gone to that one (contract §6)", () => {
    const [one, two]: [string[], string[]] = [[], []];
    const attachments = createAttachments((message) => message.toUpperCase());
    const shared = createAttachment(one);
    const refs = [shared, { ...shared }, createAttachment(two)].map((each) => attachments.add(each));
    attachments.logger.info("text");
    expect([one, two]).toEqual([["info TEXT"], ["info TEXT"]]);
    for (const ref of refs) attachments.delete(ref);
    attachments.logger.warn("end");
    expect([one, two]).toEqual([["info TEXT"], ["info TEXT", "warn END"]]);
  });

  it("calls listeners outside of the context of whoever caused the event (contract §6)", () => {
    let isDetached = false;
    const attachments = new Attachments((message) => message, (work) => {
      isDetached = true;
      work();
      isDetached = false;
    }, () => {});
    const attachment = createAttachment();
    const seen: boolean[] = [];
    attachment.listeners.update.add(() => seen.push(isDetached));
    attachments.add(attachment);
    attachments.listenersChanged(attachment);
    attachments.notify("update", () => ["a"]);
    expect(seen).toEqual([true]);
  });

  it("reads the argument of an event for listeners only, and isolates a listener that throws", async () => {
    const lines: string[] = [];
    const attachments = createAttachments();
    const attachment = createAttachment(lines);
    attachments.add(attachment);
    attachments.notify("update", () => expect.fail("was read"));
    const received: unknown[] = [];
    attachment.listeners.update.add(() => {
      throw new Error("broken");
    });
    attachment.listeners.update.add((keys) => received.push(keys));
    attachments.listenersChanged(attachment);
    attachments.notify("update", () => ["a"]);
    attachments.notify("update", () => undefined);
    expect(received).toEqual([["a"]]);
    await Promise.resolve();
    expect(lines).toEqual(["warn A listener failed: broken"]);
    attachment.listeners.update.clear();
    attachments.listenersChanged(attachment);
    attachments.notify("update", () => expect.fail("was read"));
  });
});

describe("on('update')", () => {
  const beta = wireSegment("beta");
  const inBeta = wireFlag("in-beta", { rules: [{ id: "r", segmentKey: "beta", serve: fixed("on") }] });
  const needs = (key: string) => [{ prerequisiteFlagKey: key, expectedVariationKey: "on" }];
  const flags = [
    wireFlag("own"),
    inBeta,
    wireFlag("child", { prerequisites: needs("in-beta") }),
    wireFlag("grandchild", { prerequisites: needs("child") }),
    wireFlag("untouched"),
  ];

  async function listen() {
    const fixture = createFixture({ snapshot: wireSnapshot(flags, [beta]) });
    const client = fixture.connect();
    const updates: (readonly string[])[] = [];
    const stop = client.on("update", (keys) => void updates.push(keys));
    await client.waitForInitialization();
    const sync = async (...args: Parameters<typeof wireSnapshot>): Promise<void> => {
      fixture.service.sync(wireSnapshot(...args));
      await fixture.scheduler.advance(0);
    };
    return { ...fixture, client, updates, stop, sync };
  }

  it("reports neither the first flags nor an update without a change (design: update)", async () => {
    const { client, updates, sync } = await listen();
    expect(updates).toEqual([]);
    await sync(flags, [beta]);
    await sync([...flags].reverse(), [beta]);
    expect(updates).toEqual([]);
    await client.close();
  });

  it("names flags by their own configuration, their segments and prerequisites at any distance", async () => {
    const { client, updates, sync } = await listen();
    const changed = wireFlag("own", { fallthrough: fixed("off") });
    await sync([changed, ...flags.slice(1)], [beta]);
    expect(updates).toEqual([["own"]]);
    expect(Object.isFrozen(updates[0])).toBe(true);

    await sync([changed, ...flags.slice(1)], [wireSegment("beta", { conditionLogic: "Or" })]);
    expect(updates[1]).toEqual(["in-beta", "child", "grandchild"]);

    await sync(flags.slice(1), [wireSegment("beta", { conditionLogic: "Or" })]);
    expect(updates[2], "deleted").toEqual(["own"]);

    await sync([...flags.slice(1), wireFlag("new")], [wireSegment("beta", { conditionLogic: "Or" })]);
    expect(updates[3], "created").toEqual(["new"]);

    await sync(flags.slice(1), []);
    expect([...updates[4]!].sort(), "a segment gone").toEqual(["child", "grandchild", "in-beta", "new"]);
    await client.close();
  });

  it("reports whole flags and deletions from the stream", async () => {
    const { client, scheduler, service, updates } = await listen();
    service.send("flag.updated", wireFlag("child", { version: 2, enabled: false }));
    await scheduler.advance(0);
    service.send("flag.deleted", { key: "own", version: 3 });
    await scheduler.advance(0);
    expect(updates).toEqual([["child", "grandchild"], ["own"]]);
    await client.close();
  });

  it("sees the new flags, the client's status included, from within the listener", async () => {
    const { client, scheduler, sync } = await listen();
    const seen: unknown[] = [];
    client.on("update", () => seen.push(client.variation("own", {}, true), client.status.age));
    await scheduler.advance(20_000);
    await sync([wireFlag("own", { enabled: false })]);
    expect(seen).toEqual([false, 0]);
    await client.close();
  });

  it("isolates a listener whose promise is rejected, as one that throws", async () => {
    const { client, sync, logger } = await listen();
    client.on("update", () => Promise.reject(new Error("oops")));
    await sync([]);
    expect(logger.lines).toEqual(["warn: A listener failed: oops"]);
    await client.close();
  });

  it("isolates a listener that throws, and forgets one that was taken off or whose client is closed", async () => {
    const { client, connect, updates, stop, sync, logger } = await listen();
    const other = connect({ logger: createRecordingLogger() });
    const ofOther: unknown[] = [];
    other.on("update", (keys) => void ofOther.push(keys));
    const broken = (): never => {
      throw new Error("oops");
    };
    client.on("update", broken);
    const last: unknown[] = [];
    client.on("update", (keys) => void last.push(keys));
    await sync([]);
    expect([updates.length, last.length, ofOther.length]).toEqual([1, 1, 1]);
    expect(logger.lines).toEqual(["warn: A listener failed: oops"]);

    stop();
    stop();
    client.off("update", broken);
    await sync(flags);
    expect([updates.length, last.length, logger.lines.length]).toEqual([1, 2, 1]);

    await client.close();
    await sync([]);
    expect([last.length, ofOther.length]).toEqual([2, 3]);
    await other.close();
  });

  it("refuses an unknown event name", async () => {
    const { client } = await listen();
    for (const event of ["ready", "toString", ""] as string[] as "update"[]) {
      expect(() => client.on(event, () => {})).toThrow(TypeError);
      expect(() => client.off(event, () => {})).toThrow(TypeError);
    }
    await client.close();
  });
});

describe("on('status')", () => {
  it("reports each change of state, mode and last error, and nothing else (contract §6.2)", async () => {
    const { connect, scheduler, service } = createFixture();
    service.answer = () => new Response("", { status: 503 });
    const client = connect();
    const seen: ClientStatus[] = [];
    client.on("status", (status) => void seen.push(status));
    await scheduler.advance(90_000);
    expect(seen.map(({ state, mode }) => `${state} ${mode}`)).toContain("ERROR streaming");
    expect(seen.at(-1)).toMatchObject({ state: "ERROR", mode: "polling" });
    expect(seen.at(-1)?.modeReason).toContain("5 stream failures in a row");

    // While polling runs, attempts of the stream are 60 to 90 s apart, and a quarter more (contract §4).
    service.answer = () => undefined;
    await scheduler.advance(115_000);
    const now = client.status;
    expect(now).toMatchObject({ state: "READY", mode: "streaming", source: "stream", version: 1 });
    expect(now.modeReason).toBe(undefined);
    expect(now.lastError).toBe(undefined);
    expect(Object.isFrozen(now)).toBe(true);
    expect(seen.at(-1)).toMatchObject({ state: "READY", mode: "streaming" });

    const before = seen.length;
    for (let time = 0; time < 5; time++) {
      service.send("ping", {});
      await scheduler.advance(30_000);
    }
    expect(seen).toHaveLength(before);
    await client.close();
  });

  it("goes FATAL only when the key is rejected and there is nothing to serve (contract §6.2)", async () => {
    const { connect, scheduler, service } = createFixture();
    service.rejectKey();
    const [bare, stocked] = [
      connect(),
      connect({ baseUrl: "https://b.example", bootstrap: service.snapshot }),
    ];
    await scheduler.advance(5_000);
    expect(bare.status.state).toBe("FATAL");
    expect(stocked.status).toMatchObject({ state: "READY", source: "bootstrap" });
    expect(stocked.status.lastError?.message).toContain("401");
    await scheduler.advance(90_000);
    expect(stocked.status.state).toBe("STALE");
    expect(stocked.variation("dark-mode", {}, false)).toBe(true);
    await Promise.all([bare.close(), stocked.close()]);
  });

  it("reports the age since something last confirmed the flags (contract §6.2)", async () => {
    const { connect, scheduler, service } = createFixture();
    const client = connect();
    expect(client.status.age).toBe(undefined);
    await client.waitForInitialization();
    await scheduler.advance(20_000);
    expect(client.status.age).toBe(20_000);
    service.send("ping", {});
    await scheduler.advance(1_000);
    expect(client.status.age).toBe(1_000);
    await client.close();
  });
});
