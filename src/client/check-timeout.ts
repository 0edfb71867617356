import { ConfigurationError } from "../errors/configuration-error.ts";
import type { TimeoutOptions } from "./core.ts";

/**
 * Checks the time-out of one call (contract §7).
 *
 * @throws {ConfigurationError} when it is no finite number of milliseconds of at least 1.
 */
export function checkTimeout(options: TimeoutOptions): TimeoutOptions {
  const { timeout } = options;
  if (timeout === undefined || (typeof timeout === "number" && timeout >= 1 && Number.isFinite(timeout))) {
    return options;
  }
  const found = typeof timeout === "number" ? timeout : `a ${typeof timeout}`;
  throw new ConfigurationError(
    "timeout",
    `Option 'timeout' must be a finite number of milliseconds, at least 1, but is ${found}`,
  );
}
