import { describe, expect, it } from "vitest";
import { decodeSnapshot } from "../../../src/contract/snapshot.ts";
import type { Snapshot } from "../../../src/contract/snapshot.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import { FlagState } from "../../../src/store/flag-state.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";

function createState(): { state: FlagState; scheduler: ManualScheduler; changes: () => number } {
  const scheduler = new ManualScheduler();
  let changes = 0;
  const state = new FlagState({
    pollInterval: 30_000,
    maxAge: 30_000,
    now: () => scheduler.now(),
    warn: () => {},
    redact: (error) => error,
    onChange: () => changes++,
  });
  return { state, scheduler, changes: () => changes };
}

function snapshot(...keys: string[]): Snapshot {
  return decodeSnapshot(wireSnapshot(keys.map((key) => wireFlag(key, { version: 5 }))), () => {});
}

describe("FlagState (contract §6.2)", () => {
  it("has no source, version or age while there are no flags", () => {
    const { state } = createState();
    expect(state.status).toStrictEqual({ state: "NOT_READY", mode: "offline" });
    expect(state.flags).toBeNull();
    expect(state.held()).toBeUndefined();
  });

  it("is ERROR after a failure without flags, and FATAL only when the key is rejected", () => {
    const { state } = createState();
    state.fail(new RequestError("no answer"));
    expect(state.status.state).toBe("ERROR");
    state.fail(new RequestError("rejected", { status: 401, keyRejected: true }));
    expect(state.status.state).toBe("FATAL");
    state.replace(snapshot("a"), "fetch");
    expect(state.status.state).toBe("READY");
    state.fail(new RequestError("rejected", { status: 401, keyRejected: true }));
    expect([state.status.state, state.flags?.get("a")?.key]).toEqual(["READY", "a"]);
  });

  it.each(
    [
      ["streaming", 90_000],
      ["polling", 90_000],
    ] as const,
  )("is STALE when nothing has confirmed the flags for too long: %s", (mode, limit) => {
    const { state, scheduler } = createState();
    state.modeChanged(mode);
    state.replace(snapshot("a"), "fetch");
    scheduler.jump(limit);
    expect(state.status).toMatchObject({ state: "READY", age: limit });
    scheduler.jump(1);
    expect(state.status.state).toBe("STALE");
    state.confirm();
    expect(state.status).toMatchObject({ state: "READY", age: 0 });
  });

  it("is STALE on demand only when a refresh has failed as well", () => {
    const { state, scheduler } = createState();
    state.modeChanged("lazy");
    state.replace(snapshot("a"), "fetch");
    scheduler.jump(30_001);
    expect(state.status.state).toBe("READY");
    state.fail(new RequestError("no answer"));
    expect(state.status.state).toBe("STALE");
  });

  it("ignores a strictly older flag, and applies one of the same version (contract §2)", () => {
    const { state } = createState();
    state.replace(snapshot("a"), "stream");
    const flag = state.flags!.get("a")!;
    const served = state.flags;
    state.put({ ...flag, version: 4 } as typeof flag);
    expect(state.flags).toBe(served);
    state.put(flag);
    expect(state.flags).not.toBe(served);
    state.remove("a");
    expect(state.flagVersion("a")).toBeUndefined();
  });

  it("dates what it holds by the service's word, and a bootstrap not at all", () => {
    const { state, scheduler } = createState();
    state.replace(snapshot("a"), "bootstrap");
    expect(state.held()).toBeUndefined();
    state.replace(snapshot("a"), "store", scheduler.now() - 5000);
    expect(state.held()?.at).toBe(scheduler.now() - 5000);
    expect(state.status.age).toBe(5000);
    state.confirm(scheduler.now() - 9000);
    expect(state.held()?.at).toBe(scheduler.now() - 5000);
  });

  it("names the source that has sent the same snapshot again", () => {
    const { state } = createState();
    state.replace(snapshot(), "poll");
    state.confirm();
    expect(state.status.source).toBe("poll");
    state.confirm(undefined, "stream");
    expect(state.status.source).toBe("stream");
  });

  it("keeps an error that is newer than what was confirmed since", () => {
    const { state, scheduler } = createState();
    state.replace(snapshot("a"), "fetch");
    scheduler.jump(1000);
    state.fail(new RequestError("no answer"));
    state.confirm(scheduler.now() - 500);
    expect(state.status.lastError?.message).toBe("no answer");
    state.confirm();
    expect(state.status).not.toHaveProperty("lastError");
  });

  it("counts the age from the moment that a clock was set back", () => {
    const { state, scheduler } = createState();
    state.replace(snapshot("a"), "fetch");
    scheduler.jump(-600_000);
    expect(state.status.age).toBe(0);
    scheduler.jump(7000);
    expect(state.status.age).toBe(7000);
  });

  it("does not count what it holds as newer than now after a clock was set back", () => {
    const { state, scheduler } = createState();
    state.replace(snapshot("a"), "fetch");
    const { at } = state.held()!;
    expect(at).toBe(scheduler.now());
    scheduler.jump(-600_000);
    expect(state.held()).toMatchObject({ at: 0 });
    state.confirm(0);
    expect(state.status).toMatchObject({ state: "READY", age: 0 });
    state.replace(snapshot("a"), "store", scheduler.now() - 5000);
    expect(state.held()?.at).toBe(scheduler.now() - 5000);
  });

  it("reports every change, of the status too", () => {
    const { state, changes } = createState();
    state.replace(snapshot("a"), "fetch");
    state.confirm();
    state.fail(new RequestError("no answer"));
    state.storeChanged(undefined);
    state.modeChanged("polling", "because");
    expect(changes()).toBe(5);
    expect(state.status.modeReason).toBe("because");
  });

  it("stores a segment unless it is older than the stored one, or there are no flags yet", () => {
    const { state, scheduler } = createState();
    const segment = (version: number) =>
      ({ key: "s", version, conditionLogic: "And", conditions: null }) as const;
    state.putSegment(segment(9));
    expect(state.flags).toBeNull();
    state.replace({ ...snapshot("a"), segments: [segment(5)] }, "stream");
    scheduler.jump(1000);
    for (const version of [4, 5, 6]) state.putSegment(segment(version));
    expect(state.flags?.segments).toEqual([segment(6)]);
    expect(state.held()?.at).toBe(scheduler.now());
  });
});
