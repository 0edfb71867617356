import { expect, it, vi } from "vitest";
import { Core } from "../../../src/client/core.ts";
import { Handle } from "../../../src/client/handle.ts";
import { coreFor } from "../../../src/client/registry.edge.ts";
import { coreFor as coreInRegistry } from "../../../src/client/registry.ts";
import { resolveOptions } from "../../../src/client/resolve-options.ts";
import type { CoreOptions } from "../../../src/client/resolve-options.ts";
import type { Runtime } from "../../../src/runtime/runtime.ts";
import { createRequestFixture } from "../../support/client-fixture.ts";

it("goes through a request once, in a Worker's global scope, and leaves nothing behind (contract §6.1)", async () => {
  const { runtime, logger, sdkKey, service, scheduler } = createRequestFixture();
  const forbidden = vi.fn(() => {
    throw new Error("Disallowed operation called within global scope");
  });
  const store = { get: forbidden, set: forbidden };
  const options: CoreOptions = {
    ...resolveOptions({ sdkKey, fetch: service.fetch, bootstrap: forbidden }, () => undefined).core,
    store: store as unknown as CoreOptions["store"],
    defaultContext: {},
  };
  const inGlobalScope: Runtime = {
    ...runtime,
    scheduler: { now: () => 0, random: forbidden, after: forbidden, detach: forbidden },
  };
  const waits = vi.spyOn(Core.prototype, "waitForInitialization");
  const records = vi.spyOn(Handle.prototype, "record");
  const create = (on: Runtime, key: string, others: Partial<CoreOptions> = {}): Core =>
    coreFor({ ...options, sdkKey: key, ...others }, on, logger);
  try {
    // In a request, with a background, and where nothing is ever loaded, there is nothing to save.
    create({ ...runtime, scheduler }, `${sdkKey}-1`);
    const background = {
      ...runtime,
      hasBackground: true,
      scheduler: { ...inGlobalScope.scheduler, detach: vi.fn() },
    };
    create(background, `${sdkKey}-2`, { bootstrap: undefined });
    create(inGlobalScope, "", { mode: "offline" });
    expect(waits).not.toHaveBeenCalled();

    const core = create(inGlobalScope, sdkKey);
    expect(waits).toHaveBeenCalledTimes(1);
    await waits.mock.results[0]!.value;
    await Promise.resolve();
    await Promise.resolve();
    expect(records).toHaveBeenCalledTimes(1);
    expect(records.mock.calls[0]![3]).toMatchObject({ value: true, reason: "FALLTHROUGH" });

    create(inGlobalScope, `${sdkKey}-3`);
    expect(waits).toHaveBeenCalledTimes(1);
    expect(coreInRegistry({ ...options, sdkKey }, inGlobalScope, logger)).toBe(core);
    expect([core.flags, core.isStarted, core.isIdle]).toEqual([null, false, true]);
    expect(core.status()).toMatchObject({ state: "NOT_READY", requestsInLastMinute: 0 });
    expect([service.calls, logger.lines, scheduler.armed]).toEqual([[], [], 0]);
    expect(forbidden).not.toHaveBeenCalled();
  } finally {
    waits.mockRestore();
    records.mockRestore();
  }
});
