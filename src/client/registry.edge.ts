import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { Core } from "./core.ts";
import { Handle } from "./handle.ts";
import { coreFor as coreInRegistry } from "./registry.ts";
import type { CoreOptions } from "./resolve-options.ts";

/** A flag whose check, decoding and evaluation run what most flags need. */
const SNAPSHOT =
  '{"flags":[{"key":"f","type":"Boolean","enabled":true,"variations":[{"key":"v","value":true}],"rules":' +
  '[{"id":"r","priority":1,"conditionGroups":[{"operator":"And","conditions":[{"attribute":"a","operator":"Equals",' +
  '"values":["x"]}]}],"serve":{"type":"Fixed","variation":"v"}}],"fallthrough":{"type":"Rollout","variations":' +
  '[{"key":"v","weight":100}]}}],"segments":[]}';

let isRehearsed = false;

/**
 * Replaces that of `registry.ts` in the build that the conditions `workerd` and `edge-light` select. The first client that a
 * Worker creates in its global scope goes through a request beforehand, without I/O: engines compile a function when it is
 * first called, which takes longer than the rest of a small first request, and the time of the global scope does not count
 * as a request's (record 0071; bench: workerd).
 */
export function coreFor(options: CoreOptions, runtime: Runtime, logger: Logger): Core {
  const hasRequests = !runtime.hasBackground && options.mode !== "offline" && options.mode !== "test";
  // The clock of a Worker stands at zero in the global scope only. Elsewhere the request would pay for both.
  if (!isRehearsed && hasRequests && runtime.scheduler.now() === 0) {
    isRehearsed = true;
    void rehearse(options, runtime).catch(() => {});
  }
  return coreInRegistry(options, runtime, logger);
}

/** Loads, evaluates and delivers with a client that nothing refers to and that answers itself. It logs nothing. */
async function rehearse(options: CoreOptions, runtime: Runtime): Promise<void> {
  const ignore = (): void => {};
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const body = {
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode(SNAPSHOT);
    },
  };
  const core = new Core(
    {
      ...options,
      mode: "lazy",
      bootstrap: undefined,
      store: undefined,
      defaultContext: undefined,
      fetch: () => Promise.resolve({ status: 200, headers: new Headers(), body }),
    },
    // A global scope has neither timers nor random numbers.
    {
      ...runtime,
      scheduler: { now: () => 0, random: () => 0, after: () => ignore, detach: (work) => work() },
    },
    logger,
    ignore,
  );
  const handle = new Handle(core, { inspectors: [], logger, waitUntil: ignore });
  await handle.waitForInitialization();
  const { flags } = handle;
  const context = handle.contextOf({ user_id: "u", a: "y" });
  handle.record(flags, "f", context, handle.evaluate(flags, "f", context, false, "boolean"));
}
