import type { AnyProviderEvent, EventDetails } from "@openfeature/server-sdk";
import { describe, expect, it } from "vitest";
import { ProviderEvents } from "../../../../src/adapters/openfeature/provider-events.ts";
import { settle } from "../../../support/manual-scheduler.ts";

const READY = "PROVIDER_READY" as AnyProviderEvent;
const STALE = "PROVIDER_STALE" as AnyProviderEvent;

describe("ProviderEvents", () => {
  it("calls the handlers of an event in order, with the provider's name", () => {
    const events = new ProviderEvents("featureflip");
    const calls: [string, EventDetails | undefined][] = [];
    events.addHandler(READY, (details) => void calls.push(["first", details]));
    events.addHandler(READY, (details) => void calls.push(["second", details]));
    events.addHandler(STALE, (details) => void calls.push(["other", details]));
    events.emit(READY, { message: "m" });
    const details = { message: "m", providerName: "featureflip" };
    expect(calls).toEqual([["first", details], ["second", details]]);
  });

  it("removes one handler, those of one event, or all", () => {
    const events = new ProviderEvents("featureflip");
    const [one, other] = [() => {}, () => {}];
    for (const type of [READY, STALE]) for (const handler of [one, other]) events.addHandler(type, handler);
    events.removeHandler(READY, one);
    expect(events.getHandlers(READY)).toEqual([other]);
    events.removeAllHandlers(READY);
    expect([events.getHandlers(READY), events.getHandlers(STALE)]).toEqual([[], [one, other]]);
    events.removeAllHandlers();
    expect(events.getHandlers(STALE)).toEqual([]);
  });

  it("logs a handler that fails, and calls the others", async () => {
    const events = new ProviderEvents("featureflip");
    const logged: unknown[][] = [];
    const logger = {
      error: (...args: unknown[]) => void logged.push(args),
      warn() {},
      info() {},
      debug() {},
    };
    expect(events.setLogger(logger)).toBe(events);
    let calls = 0;
    const failure = new Error("broken");
    events.addHandler(READY, () => {
      throw failure;
    });
    events.addHandler(READY, () => void calls++);
    events.emit(READY);
    await settle();
    expect(calls).toBe(1);
    expect(logged).toEqual([["Provider event handler failed:", failure]]);
  });
});
