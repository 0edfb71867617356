import { describe, expect, it } from "vitest";
import { RelayFixture } from "../../unit/server/relay-fixture.ts";

const HONEST = 8;
const SECOND = 1_000;
/** How long the clients go on. */
const SECONDS = 90;
const FLUSH_INTERVAL = 5 * SECOND;

function eventsOf(client: string, count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    type: "Custom",
    flagKey: `${client} ${index}`,
    userId: client,
    timestamp: "2026-01-01T00:00:00.000Z",
  }));
}

describe("a relay with one poisoning, one flooding and eight honest clients", () => {
  it(
    "delivers all honest events within two flush intervals, in fewer than 120 requests a minute (contract §9)",
    async () => {
      const honest = Array.from({ length: HONEST }, (_, index) => `honest-${index}`);
      const keys = ["relay-test", "poison", "flood", ...honest];
      const fixture = await RelayFixture.started({ sdkKeys: keys });
      const { service, scheduler } = fixture;
      const posts: number[] = [];
      const arrived = new Set<string>();
      fixture.fault = async (request) => {
        if (request.method !== "POST") return await service.fetch(request);
        posts.push(scheduler.elapsed);
        const { events } = await request.json() as { events: { flagKey: string; userId: string }[] };
        // What passes the door and is refused all the same.
        if (events.some(({ userId }) => userId === "poison")) return new Response(null, { status: 400 });
        for (const { flagKey, userId } of events) if (userId !== "flood") arrived.add(flagKey);
        return new Response(null, { status: 202 });
      };
      const post = async (key: string, events: object[]): Promise<number> =>
        (await fixture.ask("/v1/sdk/events", { body: { events }, headers: { authorization: key } })).status;

      const recorded: { readonly flagKey: string; readonly at: number }[] = [];
      const lateness: number[] = [];
      for (let second = 0; second < SECONDS; second++) {
        expect(await post("poison", [{ type: "Bad" }, {}])).toBe(400);
        await post("poison", eventsOf("poison", 20));
        await post("flood", eventsOf("flood", 1_000));
        for (const key of honest) {
          const events = eventsOf(`${key} ${second}`, 5);
          expect(await post(key, events)).toBe(202);
          for (const event of events) {
            recorded.push({ flagKey: (event as { flagKey: string }).flagKey, at: second });
          }
        }
        await scheduler.advance(SECOND);
        const late = recorded.filter(({ flagKey, at }) =>
          !arrived.has(flagKey) && second - at >= 2 * FLUSH_INTERVAL / SECOND
        );
        lateness.push(late.length);
      }
      expect(Math.max(...lateness), "honest events later than two intervals").toBe(0);
      const inMinute = posts.map((start) =>
        posts.filter((at) => at >= start && at < start + 60 * SECOND).length
      );
      expect(Math.max(...inMinute), "requests in a minute").toBeLessThan(120);
      const counters = fixture.relay.status.eventsByKey;
      expect(counters.slice(3).every(({ dropped, shed }) => dropped.rejected + shed.others === 0)).toBe(true);
      expect(counters[1]!.sent).toBe(0);
      await fixture.relay.close({ timeout: 1 }).catch(() => {});
    },
    300_000,
  );
});
