import { describe, expect, it } from "vitest";
import { awaitFlags, deliverEvents } from "../../src/adapters/request-flags.ts";
import type { WaitUntil } from "../../src/runtime/runtime.ts";
import { createRequestFixture } from "../client/fixture.ts";

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
      expect(handed, "loaded within the request").toEqual([]);

      await scheduler.advance(30_000);
      await awaitFlags(client, scope);
      expect(handed, "refreshed behind it").toEqual([first]);

      // What is recorded in mid-request leaves by the platform's at once, which is the same request's.
      hasPlatform = first === "the platform";
      client.track("one", {});
      client.track("two", {});
      deliverEvents(client, scope);
      expect(handed.length, "events leave behind it").toBeGreaterThan(1);
      expect(new Set(handed)).toEqual(new Set([first]));
      await scheduler.advance(30_000);
      await Promise.all(works);
      expect(client.status.events.sent).toBe(2);
      await client.close();
    });
  }
});
