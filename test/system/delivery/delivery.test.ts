import { afterEach, describe, expect, it } from "vitest";
import type { FeatureflipClient } from "../../../src/client/client.ts";
import type { Fault } from "./event-faults.ts";
import { DeliveryFixture } from "./fixture.ts";

const TOTAL = 24_000;
const PER_SECOND = 80;

/** What happens to requests from that second on. */
const TROUBLE: Readonly<Record<number, Fault | undefined>> = {
  20: { status: 503 },
  80: undefined,
  145: "reset",
  150: undefined,
  180: "no answer",
  186: undefined,
  217: "lost answer",
  250: undefined,
  284: { status: 429, headers: { "retry-after": "12" } },
  287: undefined,
};

/** The counters of a client without events. */
const NONE = {
  sent: 0,
  waiting: 0,
  shed: { repeats: 0, evaluations: 0, others: 0 },
  dropped: { rejected: 0, closed: 0 },
};

let fixture: DeliveryFixture;

afterEach(async () => {
  await fixture.stop();
});

/** Records evaluations for users named by numbers, from `first` on. */
function evaluate(client: FeatureflipClient, count: number, first: number): void {
  for (let user = first; user < first + count; user++) {
    client.variation("dark-mode", { user_id: String(user) }, false);
  }
}

/** How often each user's event was received. */
function arrivals(): Map<string | undefined, number> {
  const counts = new Map<string | undefined, number>();
  for (const { userId } of fixture.api.events) counts.set(userId, (counts.get(userId) ?? 0) + 1);
  return counts;
}

describe("24,000 events", () => {
  it(
    "all arrive, whatever happens on the way, and twice only if their answer was lost (contract §5)",
    async () => {
      fixture = await DeliveryFixture.start();
      const { faults } = fixture;
      let client = await fixture.connect();
      let recorded = 0;
      let sent = 0;
      let mostWaiting = 0;
      for (let second = 0; recorded < TOTAL; second++) {
        if (second in TROUBLE) faults.fault = TROUBLE[second];
        if (second === 100) { // the client's process is replaced by the next
          await client.close();
          sent += client.status.events.sent;
          client = await fixture.connect();
        }
        if (second === 108) await fixture.stopApi(); // and so is the service
        if (second === 112) await fixture.restartApi();
        evaluate(client, PER_SECOND, recorded);
        recorded += PER_SECOND;
        mostWaiting = Math.max(mostWaiting, client.status.events.waiting);
        await fixture.advance(1_000);
      }
      faults.fault = undefined;
      // In small steps: no request may run into its time-out because the clock leaps.
      for (let second = 0; second < 90; second++) await fixture.advance(1_000);
      await client.close();
      sent += client.status.events.sent;

      expect(client.status.events).toEqual({ ...NONE, sent: expect.any(Number) });
      expect(sent).toBe(TOTAL);
      expect(mostWaiting, "at any time").toBeLessThan(10_000);

      const twice = new Map<string | undefined, number>();
      for (const { userId } of faults.unanswered) twice.set(userId, (twice.get(userId) ?? 0) + 1);
      const expected = Array.from({ length: TOTAL }, (_, user) => 1 + (twice.get(String(user)) ?? 0));
      const received = arrivals();
      expect(received.size).toBe(TOTAL);
      expect(expected.map((_, user) => received.get(String(user)))).toEqual(expected);
      expect(fixture.api.events.length).toBe(TOTAL + faults.unanswered.length);
      expect(faults.unanswered.length).toBeGreaterThan(1_000);
      expect(faults.mostOpen).toBe(1);
      expect([...faults.met].sort()).toEqual(["429", "503", "lost answer", "no answer", "reset"]);
    },
  );
});

describe("events beyond the bound", () => {
  it("cost the oldest evaluations, counted, with one warning an interval (contract §5)", async () => {
    fixture = await DeliveryFixture.start();
    const { faults, logger } = fixture;
    const client = await fixture.connect();
    faults.fault = { status: 503 };
    // Two intervals of an outage, at five times what can wait.
    for (let second = 0; second < 60; second++) {
      evaluate(client, 500, 500 * second);
      if (second % 10 === 0) client.track("heartbeat", { user_id: "u" });
      await fixture.advance(1_000);
    }
    const warnings = logger.lines.filter((line) => line.includes("Event queue full"));
    expect(
      warnings.map((line) => Number(/about (\d+) events\/s/.exec(line)?.[1])).every((rate) =>
        rate > 400 && rate < 600
      ),
    )
      .toBe(true);
    expect(warnings).toHaveLength(2);
    faults.fault = undefined;
    await client.flush();

    const { sent, waiting, shed, dropped } = client.status.events;
    expect([sent + shed.evaluations, waiting, dropped.rejected, shed.repeats, shed.others])
      .toEqual([30_006, 0, 0, 0, 0]);
    expect(sent).toBeGreaterThan(9_000);
    expect(fixture.api.events.filter(({ type }) => type === "Custom")).toHaveLength(6);
    const users = fixture.api.events.filter(({ type }) => type === "Evaluation").map(({ userId }) =>
      Number(userId)
    );
    expect(users).toEqual(Array.from({ length: sent - 6 }, (_, index) => 30_000 - (sent - 6) + index));
    await client.close();
  });
});

describe("close()", () => {
  it("delivers a full queue within the 400 ms that some platforms grant (contract §6)", async () => {
    fixture = await DeliveryFixture.start();
    const client = await fixture.connect();
    evaluate(client, 10_000, 0);
    await client.close({ timeout: 400 });
    expect(client.status.events).toEqual({ ...NONE, sent: 10_000 });
    expect(fixture.api.events.length).toBe(10_000);
  });
});
