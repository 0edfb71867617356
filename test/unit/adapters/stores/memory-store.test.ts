import { afterEach, describe, expect, it, vi } from "vitest";
import { memoryStore } from "../../../../src/adapters/stores/mod.ts";
import { sharedStoreCases } from "../../../support/suites/shared-store.ts";

describe("memoryStore() (contract §8)", () => {
  const store = memoryStore();
  for (
    const { name, run } of sharedStoreCases({ open: () => store, abilities: ["set", "tryLock", "watch"] })
  ) {
    it(name, run);
  }
});

describe("memoryStore()'s locks (contract §6.2, §8)", () => {
  const { now } = Date;
  afterEach(() => {
    Date.now = now;
    vi.restoreAllMocks();
  });

  it("end after 60 s, however long they were asked for", async () => {
    let time = 1_000_000;
    Date.now = () => time;
    const store = memoryStore();
    await store.tryLock("lock", 3_600_000);
    time += 59_999;
    expect(await store.tryLock("lock", 1000)).toBeNull();
    time += 1;
    expect(await store.tryLock("lock", 1000)).not.toBeNull();
  });

  it("do not outlast a clock that is set back", async () => {
    let time = 10_000_000;
    Date.now = () => time;
    const store = memoryStore();
    await store.tryLock("lock", 4000);
    time -= 600_000;
    expect(await store.tryLock("lock", 4000)).not.toBeNull();
  });
});
