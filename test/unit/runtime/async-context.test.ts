import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { createDetach } from "../../../src/runtime/async-context.ts";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import type { HostGlobals } from "../../../src/runtime/host-globals.ts";
import { until } from "../../support/until.ts";

const storage = new AsyncLocalStorage<string>();
const numbers = new AsyncLocalStorage<number>();

function inRequest(work: () => void): void {
  numbers.run(7, () => storage.run("request", work));
}

const stores = (): unknown[] => [storage.getStore(), numbers.getStore()];

describe("createDetach()", () => {
  it("runs work, and what it starts, outside of its caller's async context (contract §6)", async () => {
    const detach = createDetach(globalThis as HostGlobals);
    const [direct, later]: unknown[][] = [[], []];
    inRequest(() => {
      detach(() => {
        direct!.push(...stores());
        setTimeout(() => later!.push(...stores()), 1);
        void Promise.resolve().then(() => later!.push(...stores()));
      });
      expect(stores()).toEqual(["request", 7]);
    });
    await until(() => later!.length === 4);
    expect(direct).toEqual([undefined, undefined]);
    expect(later).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("runs each work outside, whatever another one entered, started or threw", async () => {
    const detach = createDetach(globalThis as HostGlobals);
    const seen: unknown[] = [];
    inRequest(() => {
      detach(() => {
        detach(() => seen.push(storage.getStore()));
        storage.enterWith("entered");
      });
      detach(() => seen.push(storage.getStore()));
    });
    await until(() => seen.length === 2);
    inRequest(() => detach(() => seen.push(storage.getStore())));
    await until(() => seen.length === 3);
    expect(seen).toEqual([undefined, undefined, undefined]);
  });

  it("reads no `process` where there is Deno", () => {
    const contexts: unknown[] = ["request"];
    const internal = Symbol("internal");
    const core = {
      getAsyncContext: () => contexts.at(-1),
      setAsyncContext: (context: unknown) => void contexts.push(context),
    };
    const globals = {
      Deno: { internal, [internal]: { core } },
      get process(): never {
        throw new Error("process was read");
      },
    };
    const detach = createDetach(globals);
    expect(() => detach(() => expect.fail("stopped"))).toThrow("stopped");
    expect(contexts).toEqual(["request", undefined, "request"]);
  });

  it("calls its work directly where no context can be left", () => {
    for (const globals of [{}, { process: {} }, { Deno: {} }, { Deno: { internal: Symbol("none") } }]) {
      let calls = 0;
      createDetach(globals)(() => calls++);
      expect(calls).toBe(1);
    }
  });
});

describe("a scheduler of this runtime", () => {
  it("sets its timers outside of its caller's context (contract §6)", async () => {
    const { scheduler } = detectRuntime();
    const seen: unknown[] = [];
    inRequest(() => void scheduler.after(1, () => seen.push(...stores()), { keepAlive: true }));
    await until(() => seen.length > 0);
    expect(seen).toEqual([undefined, undefined]);
  });

  it("sets no timer that was cancelled at once", async () => {
    const { scheduler } = detectRuntime();
    const fired: string[] = [];
    scheduler.after(0, () => fired.push("cancelled"))();
    await new Promise<void>((resolve) => void scheduler.after(5, resolve, { keepAlive: true }));
    expect(fired).toEqual([]);
  });
});
