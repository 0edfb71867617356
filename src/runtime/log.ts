import type { Logger } from "./logger.ts";

/** Tells a caller's logger something. One that throws must not take an evaluation or an update down with it. */
export function log(logger: Logger, level: keyof Logger, message: string): void {
  try {
    logger[level](message);
  } catch {
    // There is nobody else to tell.
  }
}
