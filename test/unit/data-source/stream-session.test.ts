import { describe, expect, it } from "vitest";
import { StreamSession } from "../../../src/data-source/stream-session.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import { FakeBody } from "../../support/fake-response.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";

function open() {
  const scheduler = new ManualScheduler();
  const body = new FakeBody();
  const events: string[] = [];
  const retries: number[] = [];
  let closed = 0;
  let checks = 0;
  const connection = {
    body: body as unknown as ReadableStream<Uint8Array>,
    close: () => void closed++,
  };
  const session: StreamSession = new StreamSession(connection, scheduler, {
    onEvent(type, data) {
      events.push(`${type} ${data}`);
      if (type === "sync") session.confirmSync();
      if (type === "last") session.end();
      if (type === "bad") throw new RequestError("bad event");
    },
    onRetry: (delay) => void retries.push(delay),
    onCheck: () => void checks++,
  });
  let ended: unknown;
  session.run().catch((error: unknown) => ended = error);
  return {
    scheduler,
    body,
    events,
    retries,
    session,
    ended: () => ended,
    closings: () => closed,
    checks: () => checks,
  };
}

async function synced() {
  const opened = open();
  opened.body.write("event: sync\ndata: {}\n\n");
  await opened.scheduler.advance(0);
  expect(opened.session.isSynced).toBe(true);
  return opened;
}

describe("StreamSession (contract §4)", () => {
  it("passes events and retry: fields on, the latter up to 10 minutes", async () => {
    const { body, events, retries, scheduler } = open();
    body.write("retry: 20000\nevent: sync\ndata: {}\n\nretry: 99999999999\n");
    await scheduler.advance(0);
    expect(events).toEqual(["sync {}"]);
    expect(retries).toEqual([20_000, 600_000]);
  });

  it.each([
    ["the service ends it", (body: FakeBody) => body.end(), /ended by the service/],
    ["it breaks", (body: FakeBody) => body.break(), /terminated/],
    ["a handler throws", (body: FakeBody) => body.write("event: bad\ndata: x\n\n"), /bad event/],
  ])("fails and releases the connection when %s", async (_, act, message) => {
    const { body, scheduler, session, ended, closings } = await synced();
    act(body);
    await scheduler.advance(0);
    expect(String(ended())).toMatch(message);
    expect(session.isSynced).toBe(false);
    expect(closings()).toBe(1);
    expect(scheduler.armed).toBe(0);
  });

  it("delivers nothing that arrives after its end", async () => {
    const { body, scheduler, session, events } = await synced();
    session.end();
    session.end();
    body.write("event: late\ndata: x\n\n");
    await scheduler.advance(0);
    expect(events).toEqual(["sync {}"]);
    session.confirmSync();
    expect(session.isSynced).toBe(false);
    expect(scheduler.armed).toBe(0);
  });

  it("delivers no event that was already received when a handler ends it", async () => {
    const { body, scheduler, events } = open();
    body.write("event: last\ndata: x\n\nevent: two\ndata: x\n\n");
    await scheduler.advance(0);
    expect(events).toEqual(["last x"]);
  });

  it("considers a connection dead after 90 s of silence", async () => {
    const { scheduler, ended, closings } = await synced();
    await scheduler.advance(89_999);
    expect(ended()).toBeUndefined();
    await scheduler.advance(1);
    expect(String(ended())).toContain("silent for 90 s");
    expect(closings()).toBeGreaterThan(0);
    expect(scheduler.armed).toBe(0);
  });

  it.each([
    ["an event", "event: ping\ndata: {}\n\n"],
    ["a comment", ": here\n"],
    ["a large piece of an incomplete event", `data: ${"x".repeat(2 ** 16)}`],
  ])("takes %s for a sign of life", async (_, text) => {
    const { body, scheduler, ended } = await synced();
    await scheduler.advance(80_000);
    body.write(text);
    await scheduler.advance(80_000);
    expect(ended()).toBeUndefined();
    await scheduler.advance(10_000);
    expect(ended()).toBeInstanceOf(RequestError);
  });

  it("checks after each sign of life, and after a minute without one", async () => {
    const { body, scheduler, checks } = await synced();
    expect(checks()).toBe(1);
    body.write("event: ping\ndata: {}\n\n: here\n");
    await scheduler.advance(59_999);
    expect(checks()).toBe(3);
    await scheduler.advance(1);
    expect(checks()).toBe(4);
    await scheduler.advance(30_000);
    expect(checks()).toBe(4);
  });

  it("fails without a sync within 15 s of the headers, whatever else arrives", async () => {
    const { body, scheduler, session, ended, checks } = open();
    for (let second = 0; second < 14; second++) {
      body.write(`: here\n\nevent: ping\ndata: ${"x".repeat(2 ** 16)}\n\n`);
      await scheduler.advance(1_000);
    }
    expect(ended()).toBeUndefined();
    await scheduler.advance(1_000);
    expect(String(ended())).toContain("without a sync event within 15 s");
    expect([session.isSynced, session.isReceivingSync, session.hasEndedRoutinely]).toEqual([
      false,
      false,
      false,
    ]);
    expect(checks()).toBe(0);
    expect(scheduler.armed).toBe(0);
  });

  it("gives an incomplete event more time while it grows by 16 KiB in each 15 s", async () => {
    const { body, scheduler, session, ended } = open();
    await scheduler.advance(0);
    body.write("event: sync\ndata: ");
    for (let turn = 0; turn < 10; turn++) {
      body.write(" ".repeat(2 ** 14));
      await scheduler.advance(15_000);
      expect([ended(), session.isReceivingSync]).toEqual([undefined, true]);
    }
    body.write("{}\n\n");
    await scheduler.advance(0);
    expect([session.isSynced, session.isReceivingSync]).toEqual([true, false]);
    await scheduler.advance(89_999);
    expect(ended()).toBeUndefined();
  });

  it("fails when it grows by less, or after 5 minutes", async () => {
    const slow = open();
    await slow.scheduler.advance(0);
    slow.body.write(`event: sync\ndata: ${" ".repeat(2 ** 14)}`);
    await slow.scheduler.advance(15_000);
    slow.body.write(" ".repeat(2 ** 14 - 1));
    await slow.scheduler.advance(14_999);
    expect(slow.ended()).toBeUndefined();
    await slow.scheduler.advance(1);
    expect(String(slow.ended())).toContain("without a sync event");

    const long = open();
    await long.scheduler.advance(0);
    long.body.write("event: sync\ndata: ");
    for (let turn = 0; turn < 20; turn++) {
      expect(long.ended(), `after ${turn * 15} s`).toBeUndefined();
      long.body.write(" ".repeat(2 ** 14));
      await long.scheduler.advance(15_000);
    }
    expect(String(long.ended())).toContain("without a sync event");
  });

  it("distinguishes an end by the other side from a failure", async () => {
    const endings: [string, (body: FakeBody) => void, boolean][] = [
      ["end", (body) => body.end(), true],
      ["reset", (body) => body.break(), true],
      ["bad event", (body) => body.write("event: bad\ndata: x\n\n"), false],
    ];
    for (const [name, act, isRoutine] of endings) {
      const { body, scheduler, session } = await synced();
      act(body);
      await scheduler.advance(0);
      expect(session.hasEndedRoutinely, name).toBe(isRoutine);
    }
    const silent = await synced();
    await silent.scheduler.advance(90_000);
    expect(silent.session.hasEndedRoutinely).toBe(false);
    const early = open();
    early.body.end();
    await early.scheduler.advance(0);
    expect(early.session.hasEndedRoutinely, "before the sync").toBe(false);
  });

  it("does not trust bytes that arrive after such a silence on the wall clock", async () => {
    const { body, scheduler, events, ended } = await synced();
    scheduler.jump(90_000);
    body.write("event: ping\ndata: {}\n\n");
    await scheduler.advance(0);
    expect(events).toEqual(["sync {}"]);
    expect(String(ended())).toContain("silent");
  });
});
