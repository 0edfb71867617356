import { checkOption, time } from "./check-option.ts";
import type { TimeoutOptions } from "./core-part.ts";

const TIMEOUT = time(undefined);

/**
 * The time-out of one call, in ms (contract §7).
 *
 * @throws {ConfigurationError} when it is no finite number of milliseconds of at least 1.
 */
export function timeoutOf(options: TimeoutOptions | null | undefined): number | undefined {
  return checkOption("timeout", options?.timeout, TIMEOUT);
}
