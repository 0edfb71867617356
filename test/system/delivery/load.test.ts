import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ChildProcesses, HOSTS } from "../../support/child-processes.ts";
import { DeliveryFixture } from "./fixture.ts";

const OVERFLOW = "test/system/delivery/children/overflow.ts";
const OWN_BYTES = "test/system/delivery/children/own-bytes.ts";

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

describe("memory", () => {
  let children: ChildProcesses;
  beforeAll(async () => {
    children = await ChildProcesses.of([OVERFLOW, OWN_BYTES]);
  });
  afterAll(() => children.remove());

  it.each(HOSTS)(
    "stays what it is while events are shed by the hundred thousand, on %s (contract §5)",
    async (host) => {
      const { result } = await children.run(host, OVERFLOW);
      expect(result).toEqual({ grown: expect.any(Number), waiting: 10_000, shed: 290_000 });
      expect(Number(result.grown), "bytes").toBeLessThan(1_000_000);
    },
  );

  it.each(HOSTS)(
    "of waiting events is their bytes, whatever their texts were cut from, on %s (contract §5)",
    async (host) => {
      const { result } = await children.run(host, OWN_BYTES);
      expect(result.waiting).toBeGreaterThan(4_000);
      for (const [name, grown] of Object.entries(result.grown as Record<string, number>)) {
        expect(grown, name).toBeLessThan(1.25 * 8 * 2 ** 20);
      }
    },
  );
});
