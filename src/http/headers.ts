import {
  MAX_SERVER_DELAY_MS,
  REJECTED_KEY_LONG_WAIT_MS,
  REJECTED_KEY_SHORT_WAITS,
  REJECTED_KEY_WAIT_MS,
} from "../contract/limits.ts";

/**
 * Reads a `Retry-After` header: seconds, or an HTTP date, by the server's own clock if it tells what that says.
 *
 * @param now What the time is otherwise, in ms since the epoch.
 * @returns The wait in ms, 0 … 10 minutes; `undefined` when there is none or it can't be read.
 */
export function parseRetryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  // Runtimes take many a number for a date: one of HTTP's begins with the name of its day.
  const date = /^[a-z]/i.test(text) ? Date.parse(text) : NaN;
  const delay = /^[\d.]+$/.test(text)
    ? Number(text) * 1000
    : date - (Date.parse(headers.get("date") ?? "") || now);
  return Number.isNaN(delay) ? undefined : Math.min(Math.max(delay, 0), MAX_SERVER_DELAY_MS);
}

/**
 * How long a rejected key is left alone, in ms. It can be enabled again, but rarely within seconds: 30 s, five times, then
 * 5 minutes (contract §1).
 *
 * @param count How often it has been rejected in a row, this time included.
 */
export function afterRejection(count: number): number {
  return count > REJECTED_KEY_SHORT_WAITS ? REJECTED_KEY_LONG_WAIT_MS : REJECTED_KEY_WAIT_MS;
}
