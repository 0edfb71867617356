import { describe, expect, it } from "vitest";
import { awaitFlags } from "../../../../src/adapters/shared/await-flags.ts";
import { clientHandle } from "../../../../src/client/internals.ts";
import type { WaitUntil } from "../../../../src/runtime/runtime.ts";
import { createFixture, createRequestFixture } from "../../../support/client-fixture.ts";

/** Each place a `waitUntil` may come from, in the order in which they count. */
const PLACES = ["the option", "the adapter's request", "the platform"] as const;

const NAMES = [
  "the option's",
  "the adapter's where there is no option",
  "the platform's where there is neither",
];

describe("the waitUntil of a request (contract §6.1)", () => {
  for (const [index, first] of PLACES.entries()) {
    it(`is ${NAMES[index]}`, async () => {
      const handed: string[] = [];
      const works: Promise<unknown>[] = [];
      const from = (place: typeof PLACES[number]): WaitUntil | undefined => {
        if (PLACES.indexOf(place) < index) return undefined;
        return (work) => {
          handed.push(place);
          works.push(work);
        };
      };
      let hasPlatform = true;
      const { connect, scheduler } = createRequestFixture({
        runtime: { waitUntil: () => hasPlatform ? from("the platform") : undefined },
      });
      const client = connect({ flushBatchSize: 2, waitUntil: from("the option") });
      const scope = { timeout: 3000, waitUntil: from("the adapter's request") };
      await awaitFlags(client, scope);
      expect(handed, "loaded, also if the client goes away").toEqual([first]);

      await scheduler.advance(30_000);
      await awaitFlags(client, scope);
      expect(handed, "refreshed behind it").toEqual([first, first]);

      // What is recorded in mid-request leaves by the platform's at once, which is the same request's.
      hasPlatform = first === "the platform";
      client.track("one", {});
      client.track("two", {});
      clientHandle(client).deliverWhenDue(scope.waitUntil);
      expect(handed.length, "events leave behind it").toBeGreaterThan(2);
      expect(new Set(handed)).toEqual(new Set([first]));
      await scheduler.advance(30_000);
      await Promise.all(works);
      expect(client.status.events.sent).toBe(2);
      await client.close();
    });
  }

  it("takes what is recorded through a bound client once the response has begun to stream", async () => {
    const { connect, scheduler, service } = createRequestFixture();
    const client = connect();
    await client.waitForInitialization();
    const works: Promise<unknown>[] = [];
    const flags = clientHandle(client).bind({ user_id: "ada" }, (work) => void works.push(work));
    flags.variation("dark-mode", false);
    flags.variationDetail("dark-mode", false, { track: true });
    flags.track("read");
    flags.identify();
    expect(works).toHaveLength(1);
    await scheduler.advance(20_000);
    await works[0];
    expect(service.events.map(({ type }) => type)).toEqual([
      "Evaluation",
      "Evaluation",
      "Custom",
      "Identify",
    ]);
    await client.close();
  });

  it("takes events where there is a background too, which may stand still between requests", async () => {
    const works: Promise<unknown>[] = [];
    const waitUntil: WaitUntil = (work) => void works.push(work);
    const { connect, scheduler, service } = createFixture({ runtime: { waitUntil: () => waitUntil } });
    const client = connect({ mode: "lazy" });
    await client.waitForInitialization();
    works.length = 0;
    client.variation("dark-mode", { user_id: "ada" }, false);
    client.variation("dark-mode", { user_id: "grace" }, false);
    expect(works).toHaveLength(1);
    expect(scheduler.keepingAlive).toBe(0);
    await scheduler.advance(20_000);
    await works[0];
    expect(service.events).toHaveLength(2);
    await client.close();
    expect(scheduler.armed).toBe(0);
  });
});
