import type { AnyProviderEvent, EventDetails } from "@openfeature/server-sdk";
import { describe, expect, it } from "vitest";
import {
  configurationChanged,
  ProviderEvents,
  toInitializationFailure,
  toProviderEvent,
} from "../../../../src/adapters/openfeature/provider-events.ts";
import type { ClientStatus } from "../../../../src/client/options.ts";
import { RequestError } from "../../../../src/errors/request-error.ts";
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

function status(rest: Partial<ClientStatus>): ClientStatus {
  return { state: "READY", mode: "streaming", requestsInLastMinute: 0, events: {}, ...rest } as ClientStatus;
}

const lastError = new RequestError("rejected", { status: 401, keyRejected: true });

describe("toProviderEvent()", () => {
  it.each<[Partial<ClientStatus>, unknown]>([
    [{ state: "READY" }, { type: "PROVIDER_READY", details: {} }],
    [{ state: "STALE" }, { type: "PROVIDER_STALE", details: {} }],
    [{ state: "STALE", lastError }, { type: "PROVIDER_STALE", details: { message: "rejected" } }],
    [{ state: "ERROR", lastError }, { type: "PROVIDER_ERROR", details: { message: "rejected" } }],
    [{ state: "FATAL", lastError }, {
      type: "PROVIDER_ERROR",
      details: { message: "rejected", errorCode: "PROVIDER_FATAL" },
    }],
    // In lazy mode OpenFeature must go on calling.
    [{ state: "FATAL", mode: "lazy", lastError }, {
      type: "PROVIDER_ERROR",
      details: { message: "rejected" },
    }],
  ])("converts %j", (given, event) => {
    expect(toProviderEvent(status(given))).toStrictEqual(event);
  });
});

describe("configurationChanged()", () => {
  it("names the changed flags in an array of its own", () => {
    const keys = Object.freeze(["a", "b"]);
    const { type, details } = configurationChanged(keys);
    expect([type, details]).toEqual(["PROVIDER_CONFIGURATION_CHANGED", { flagsChanged: ["a", "b"] }]);
    expect((details as { flagsChanged: unknown }).flagsChanged).not.toBe(keys);
  });
});

describe("toInitializationFailure()", () => {
  it("marks the error as fatal only when retrying is useless", () => {
    const error = new Error("no flags");
    expect(toInitializationFailure(error, status({ state: "ERROR" }))).toBe(error);
    expect(toInitializationFailure(error, status({ state: "FATAL", mode: "lazy" }))).toBe(error);
    const fatal = toInitializationFailure(error, status({ state: "FATAL" }));
    expect(fatal).toMatchObject({ message: "no flags", cause: error, code: "PROVIDER_FATAL" });
  });
});
