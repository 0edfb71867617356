import { describe, expect, it } from "vitest";
import { sharedStore } from "../../../src/adapters/stores/shared-store.ts";
import type { FeatureflipOptions } from "../../../src/client/options.ts";
import { Envelopes } from "../../../src/shared-store/envelope.ts";
import { fakeResponse } from "../../support/fake-response.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";
import { createRequestFixture } from "../../support/client-fixture.ts";

const HOUR = 3_600_000;
const MAX_AGE = 30_000;

/** A client that had flags before the service went down, and was asked every ten seconds since. */
async function afterAnHour(options: FeatureflipOptions = {}) {
  const { connect, scheduler, service } = createRequestFixture();
  const client = connect({ sendEvents: false, ...options });
  await client.waitForInitialization();
  service.snapshot = wireSnapshot([wireFlag("dark-mode", { enabled: false })]);
  service.answer = () => fakeResponse(503, {}, "");
  for (let age = 10_000; age <= HOUR; age += 10_000) {
    await scheduler.advance(10_000);
    await client.waitForInitialization();
    expect(client.variation("dark-mode", {}, false), `after ${age} ms`).toBe(true);
    const stale = { state: "STALE", lastError: { status: 503 } };
    expect(client.status).toMatchObject({ age, ...(age > MAX_AGE ? stale : { state: "READY" }) });
  }
  const attempts = service.calls.length - 1;
  expect(attempts).toBeGreaterThan(HOUR / MAX_AGE / 2);
  expect(attempts).toBeLessThan(2 * HOUR / MAX_AGE);
  service.answer = () => undefined;
  return { client, scheduler, service };
}

describe("a lazy client that the service left for an hour", () => {
  it("served its last flags all the time, STALE with their age, and is fresh at the next request (contract §6.2)", async () => {
    const { client, scheduler } = await afterAnHour();
    await scheduler.advance(MAX_AGE);
    await client.waitForInitialization();
    expect(client.variation("dark-mode", {}, true)).toBe(false);
    expect(client.status).toMatchObject({ state: "READY", age: 0 });
    expect(client.status).not.toHaveProperty("lastError");
    await client.close();
  });

  it("refreshes what is older than maxStale before the next request is answered, whatever keeps it alive (contract §6.1)", async () => {
    const behind: Promise<unknown>[] = [];
    const { client, scheduler } = await afterAnHour({ waitUntil: (work) => void behind.push(work) });
    await scheduler.advance(MAX_AGE);
    await client.waitForInitialization();
    expect(client.variation("dark-mode", {}, true)).toBe(false);
    expect(client.status.state).toBe("READY");
    await client.close();
  });

  it("refreshes what is younger behind the next request where that has a waitUntil (contract §6.1)", async () => {
    const behind: Promise<unknown>[] = [];
    const { client, scheduler } = await afterAnHour({
      waitUntil: (work) => void behind.push(work),
      maxStale: 2 * HOUR,
    });
    await scheduler.advance(MAX_AGE);
    const refreshes = behind.length;
    await client.waitForInitialization();
    expect(client.variation("dark-mode", {}, false)).toBe(true);
    expect(behind).toHaveLength(refreshes + 1);
    await behind.at(-1);
    await client.waitForInitialization();
    expect(client.variation("dark-mode", {}, true)).toBe(false);
    expect(client.status.state).toBe("READY");
    await client.close();
  });

  it("is fresh within maxAge at the cost of one request, however many ask (contract §6.1)", async () => {
    const { client, scheduler, service } = await afterAnHour();
    const before = service.calls.length;
    let waited = 0;
    for (; client.status.state === "STALE"; waited += 100) {
      await scheduler.advance(100);
      await client.waitForInitialization();
    }
    expect(waited).toBeLessThanOrEqual(MAX_AGE);
    expect(service.calls).toHaveLength(before + 1);
    await client.close();
  });
});

describe("a lazy client with a store that can't lock (contract §6.1)", () => {
  it("is not STALE while the writer is within 5 minutes, whatever failed here, and reports recovery", async () => {
    const { connect, scheduler, service, logger, sdkKey } = createRequestFixture();
    const envelopes = await Envelopes.create(sdkKey, "https://eval.featureflip.io");
    let text: string | null = null;
    const write = async (fetchedAt: number): Promise<void> => {
      text = await envelopes.seal({ fetchedAt, etag: undefined, body: JSON.stringify(service.snapshot) });
    };
    const store = sharedStore({ get: () => Promise.resolve(text) });
    const client = connect({ sendEvents: false, store, waitUntil() {} });
    service.answer = () => fakeResponse(503, {}, "");
    await expect(client.waitForInitialization()).rejects.toThrow("503");
    await write(scheduler.now() - 60_000); // KV shows a write a minute later
    await scheduler.advance(30_000);
    await client.waitForInitialization();
    for (let age = 90_000; age < 300_000; age += 10_000) {
      expect(client.status).toMatchObject({ state: "READY", age });
      await client.waitForInitialization();
      await scheduler.advance(10_000);
    }
    await expect(client.refresh()).rejects.toThrow("503");
    expect(client.status.state).toBe("READY");
    await scheduler.advance(1);
    expect(client.status.state).toBe("STALE");
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn: Flag updates failing/),
      "info: Flag updates resumed",
    ]);
    await client.close();
  });
});
