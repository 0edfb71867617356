import { describe, expect, it } from "vitest";
import { SnapshotObject } from "../../../../src/adapters/cloudflare/mod.ts";
import type { DurableStorageLike } from "../../../../src/adapters/cloudflare/mod.ts";

/** As much of a Durable Object's storage as an empty object asks for, and when its alarm rings. */
function createStorage(): { readonly storage: DurableStorageLike; readonly alarms: number[] } {
  const alarms: number[] = [];
  const storage: DurableStorageLike = {
    get: () => Promise.resolve(new Map()),
    put: () => Promise.resolve(),
    delete: () => Promise.resolve(0),
    getAlarm: () => Promise.resolve(alarms.at(-1) ?? null),
    setAlarm: (time: number) => Promise.resolve(void alarms.push(time)),
    transaction: <T>(run: (storage: DurableStorageLike) => Promise<T>) => run(storage),
  };
  return { storage, alarms };
}

const request = (): Request => new Request("https://store/snapshot");

class Kept extends SnapshotObject {
  refreshes = 0;
  override readonly refreshInterval = 5_000;
  override refresh(): Promise<void> {
    return ++this.refreshes === 2 ? Promise.reject(new Error("the service is away")) : Promise.resolve();
  }
}

describe("SnapshotObject", () => {
  it("sets an alarm with its first request where a subclass can refresh(), and with no other", async () => {
    const { storage, alarms } = createStorage();
    const before = Date.now();
    const object = new Kept({ storage });
    for (let count = 0; count < 3; count++) await object.fetch(request());
    expect(alarms).toHaveLength(1);
    expect(alarms[0]).toBeGreaterThanOrEqual(before);
    expect(alarms[0]).toBeLessThanOrEqual(Date.now());
    // Evicted and made anew, it leaves the alarm as it was.
    await new Kept({ storage }).fetch(request());
    expect(alarms).toHaveLength(1);
  });

  it("refreshes at each alarm and sets the next, after a failure too", async () => {
    const { storage, alarms } = createStorage();
    const object = new Kept({ storage });
    for (let count = 1; count <= 3; count++) {
      const before = Date.now();
      await object.alarm();
      expect([object.refreshes, alarms.length]).toEqual([count, count]);
      expect(alarms.at(-1)! - before).toBeGreaterThanOrEqual(5_000);
    }
  });

  it("sets an alarm again that was lost, once two are overdue", async () => {
    const { now } = Date;
    let time = 10_000_000;
    Date.now = () => time;
    try {
      const { storage, alarms } = createStorage();
      const object = new Kept({ storage });
      await object.fetch(request());
      await object.alarm();
      alarms.length = 0; // lost
      time += 9_999;
      await object.fetch(request());
      expect(alarms).toEqual([]);
      time += 1;
      await object.fetch(request());
      expect(alarms).toEqual([time]);
      time -= 3_600_000; // the clock is set back
      alarms.length = 0;
      await object.fetch(request());
      expect(alarms).toEqual([time]);
    } finally {
      Date.now = now;
    }
  });

  it("has no alarm without refresh()", async () => {
    const { storage, alarms } = createStorage();
    const object = new SnapshotObject({ storage });
    await object.fetch(request());
    await object.alarm();
    expect(alarms).toEqual([]);
  });
});
