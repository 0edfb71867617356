import {
  MAX_SERVER_DELAY_MS,
  REJECTED_KEY_LONG_WAIT_MS,
  REJECTED_KEY_SHORT_WAITS,
  REJECTED_KEY_WAIT_MS,
} from "../contract/limits.ts";

/**
 * Parses a `Retry-After` header: seconds, or an HTTP date, which is compared with the response's own `Date` if it has one.
 *
 * @param now The wall clock for responses without a `Date`, in ms since the epoch.
 * @returns The wait in ms, 0 to 10 minutes; `undefined` when the header is missing or can't be parsed.
 */
export function parseRetryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  // `Date.parse` accepts many numbers: an HTTP date begins with the name of its day.
  const date = /^[a-z]/i.test(text) ? Date.parse(text) : NaN;
  const delay = /^[\d.]+$/.test(text)
    ? Number(text) * 1000
    : date - (Date.parse(headers.get("date") ?? "") || now);
  return Number.isNaN(delay) ? undefined : Math.min(Math.max(delay, 0), MAX_SERVER_DELAY_MS);
}

/**
 * The wait before a rejected key is tried again, in ms: 30 s, five times, then 5 minutes (contract §1). A key can be
 * enabled again, but rarely within seconds.
 *
 * @param count How often it was rejected in a row, this time included.
 */
export function afterRejection(count: number): number {
  return count > REJECTED_KEY_SHORT_WAITS ? REJECTED_KEY_LONG_WAIT_MS : REJECTED_KEY_WAIT_MS;
}
