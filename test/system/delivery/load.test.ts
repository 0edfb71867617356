import { afterEach, describe, expect, it } from "vitest";
import { DeliveryFixture } from "./fixture.ts";

describe("100,000 evaluations a second", () => {
  let fixture: DeliveryFixture;
  afterEach(() => fixture.stop());

  it("leave each event counted in one place, most of them as shed (contract §5)", async () => {
    fixture = await DeliveryFixture.start();
    const { faults } = fixture;
    const client = await fixture.connect();
    for (let tenth = 1; tenth <= 30; tenth++) {
      for (let count = 0; count < 10_000; count++) client.variation("dark-mode", { user_id: "u" }, false);
      await fixture.advance(100);
      const { sent, waiting, shed } = client.status.events;
      expect(sent + waiting + shed.repeats + shed.evaluations).toBe(10_000 * tenth);
      expect(waiting).toBeLessThanOrEqual(10_000);
    }
    await client.close();
    const { sent, waiting, shed } = client.status.events;
    expect({ sent: fixture.api.events.length, waiting: 0 }).toEqual({ sent, waiting });
    expect(sent + shed.repeats + shed.evaluations).toBe(300_000);
    expect(shed.repeats).toBeGreaterThan(200_000);
    expect(faults.requests).toBeLessThanOrEqual(20);
  });
});
