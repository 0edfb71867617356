import type { Snapshot } from "../contract/snapshot.ts";
import { decodeBootstrap } from "./bootstrap-source.ts";
import { ConfigurationError } from "../errors/configuration-error.ts";
import { log } from "../runtime/log.ts";
import type { Logger } from "../runtime/logger.ts";
import { redactKey } from "../http/redact-key.ts";
import type { CoreOptions } from "./resolve-options.ts";

/** What was a snapshot when it was read: clients that are made for every request need not pay for it each time. */
const known = new WeakSet<object>();

type BootstrapOptions = Pick<CoreOptions, "bootstrap" | "sdkKey">;

/**
 * The snapshot in option `bootstrap`; `undefined` when there is none, or a function that is yet to give it.
 *
 * @throws {ConfigurationError} when it is no snapshot.
 */
export function readBootstrap({ bootstrap, sdkKey }: BootstrapOptions, logger: Logger): Snapshot | undefined {
  if (typeof bootstrap !== "object") return undefined;
  try {
    const snapshot = decodeBootstrap(bootstrap, (message) => log(logger, "warn", redactKey(message, sdkKey)));
    known.add(bootstrap);
    return snapshot;
  } catch (error) {
    const reason = error instanceof Error ? redactKey(error.message, sdkKey) : "it can not be read";
    throw new ConfigurationError("bootstrap", `Option 'bootstrap' must be a snapshot: ${reason}`);
  }
}

/**
 * Checks the bootstrap of a later handle, which is not used: its core has one, or flags already.
 *
 * @throws {ConfigurationError} when it is no snapshot.
 */
export function checkBootstrap(options: BootstrapOptions, logger: Logger): void {
  if (!known.has(options.bootstrap as object)) readBootstrap(options, logger);
}
