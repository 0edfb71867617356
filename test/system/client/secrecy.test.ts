import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { fakeResponse } from "../../support/fake-response.ts";
import { conditionalFlag, wireFlag, wireSegment, wireSnapshot } from "../../support/wire.ts";
import { createFixture, rejection } from "../../support/client-fixture.ts";

/** Payloads of a service that echoes the SDK key, wherever a message quotes one. */
const ECHOES: readonly [where: string, payload: (key: string) => unknown][] = [
  ["in place of the flags", (key) => ({ flags: key, segments: [] })],
  ["as a flag's enabled", (key) => ({ ...wireSnapshot([]), flags: [{ ...wireFlag("f"), enabled: key }] })],
  [
    "as the key of a flag that is dropped",
    (key) => wireSnapshot([wireFlag(key, { fallthrough: { type: "Canary" } })]),
  ],
  ["as the type of a serve", (key) => wireSnapshot([wireFlag("f", { fallthrough: { type: key } })])],
  [
    "as the logic of a segment",
    (key) => wireSnapshot([wireFlag("f")], [wireSegment("s", { conditionLogic: key })]),
  ],
  ["as the key of two flags", (key) => wireSnapshot([wireFlag(key), wireFlag(key)])],
  [
    "as an operator",
    (key) => wireSnapshot([conditionalFlag("f", [{ attribute: "a", operator: key, values: [] }])]),
  ],
  [
    "in a pattern",
    (key) =>
      wireSnapshot([
        conditionalFlag("f", [{ attribute: "a", operator: "MatchesRegex", values: [`(${key}`] }]),
      ]),
  ],
  ["in place of JSON", (key) => key],
];

describe("a client", () => {
  it("shows no key when it or a global is printed (contract §1)", async () => {
    const { connect, sdkKey } = createFixture();
    const client = connect();
    await client.waitForInitialization();
    const printed = [client, client.status, globalThis].map((thing) => inspect(thing, { depth: 4 }));
    expect(printed.join()).not.toContain(sdkKey);
    await client.close();
  });
});

describe("a client whose service echoes the SDK key", () => {
  it.each(ECHOES)("tells nobody of it: %s (contract §1)", async (_, payload) => {
    const { connect, logger, sdkKey, service } = createFixture();
    const body = JSON.stringify(payload(sdkKey));
    service.answer = () => fakeResponse(200, { "content-type": "application/json" }, body);
    const client = connect({ mode: "manual" });
    const failure = await client.refresh().then(() => undefined, (error: unknown) => error);
    const { error } = client.variationDetail("f", { a: "x" }, true);
    const waiting = client.isInitialized ? undefined : rejection(client.waitForInitialization());
    const { lastError } = client.status;
    await client.close();
    const told = [failure, error, lastError, await waiting, logger.lines].map((thing) =>
      thing instanceof Error
        ? `${thing.message} ${thing.stack} ${JSON.stringify(thing)} ${thing.cause}`
        : String(thing)
    );
    expect(logger.lines.length + (failure === undefined ? 0 : 1), "something is said").toBeGreaterThan(0);
    expect(told.join("\n")).not.toContain(sdkKey);
  });
});
