import type { Logger } from "./logger.ts";

/** Whether a value has what a logger needs. */
export function isLogger(value: unknown): value is Logger {
  return typeof value === "object" && value !== null &&
    ["debug", "info", "warn", "error"].every((level) => typeof Reflect.get(value, level) === "function");
}
