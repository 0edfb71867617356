import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { sharedStore } from "../../../src/adapters/stores/mod.ts";
import { until } from "../../support/until.ts";
import { createFixture } from "../../support/client-fixture.ts";

/** A store of which one method does not answer before the test lets it. */
function stallingStore(stalled: string) {
  const calls: string[] = [];
  let answer = (): void => {};
  async function call<T>(name: string, result: T): Promise<T> {
    calls.push(name);
    if (name === stalled) await new Promise<void>((resolve) => answer = resolve);
    return result;
  }
  const store = sharedStore({
    get: () => call("get", null),
    set: () => call("set", undefined),
    tryLock: () => call("tryLock", () => call("release", undefined)),
  });
  return { store, calls, answer: () => answer() };
}

describe("close() of a client with a shared store (contract §6, §8)", () => {
  const cases = {
    polling: ["get", "set", "tryLock", "release"],
    // The store is found empty, and filled after a while.
    streaming: ["get", "tryLock", "set"],
    lazy: ["get", "set", "tryLock", "release"],
  } as const;
  for (const mode of ["polling", "streaming", "lazy"] as const) {
    for (const stalled of cases[mode]) {
      it(`leaves no timer and begins no call, ${mode}, while ${stalled}() hangs`, async () => {
        const { connect, scheduler, logger } = createFixture();
        const { store, calls, answer } = stallingStore(stalled);
        const client = connect({ mode, store, sendEvents: false });
        await scheduler.advance(0);
        if (mode === "lazy") client.waitForInitialization().catch(() => {});
        while (mode === "streaming" && !calls.includes(stalled)) {
          await sleep(5);
          await scheduler.advance(500);
        }
        await until(() => calls.includes(stalled));

        const closed = client.close({ timeout: 50 });
        await scheduler.advance(50);
        await closed;
        expect(scheduler.armed).toBe(0);
        const before = calls.length;
        answer();
        await scheduler.advance(60_000);
        expect(calls).toHaveLength(before);
        expect(logger.lines).toEqual([]);
      });
    }
  }

  it("waits for what is being written, and until the lock is given back", async () => {
    const { connect, scheduler } = createFixture();
    const { store, calls, answer } = stallingStore("set");
    const client = connect({ mode: "polling", store, sendEvents: false });
    await scheduler.advance(0);
    await until(() => calls.includes("set"));
    let isClosed = false;
    const closed = client.close().then(() => isClosed = true);
    await scheduler.advance(1_000);
    expect(isClosed).toBe(false);
    answer();
    await closed;
    expect(calls.at(-1)).toBe("release");
  });
});
