import { describe, expect, it } from "vitest";
import {
  configurationChanged,
  toInitializationFailure,
  toProviderEvent,
} from "../../../../src/adapters/openfeature/to-provider-event.ts";
import type { ClientStatus } from "../../../../src/client/status.ts";
import { RequestError } from "../../../../src/errors/request-error.ts";

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
