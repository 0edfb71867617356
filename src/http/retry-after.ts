/** How long a server may make us wait (contract §1), in ms. */
export const MAX_SERVER_DELAY_MS = 600_000;

/**
 * Reads a `Retry-After` header: seconds, or an HTTP date.
 *
 * @param value The header.
 * @param now What the time is, in ms since the epoch: for a date, best by the server's own clock.
 * @returns The wait in ms, 0 … 10 minutes; `undefined` when there is none or it can't be read.
 */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  const delay = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(delay) ? undefined : Math.min(Math.max(delay, 0), MAX_SERVER_DELAY_MS);
}
