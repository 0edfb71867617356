/**
 * How much of `span` ms that began at `since` is left; between 0 and `span`, so that a clock set back can not make it
 * longer.
 */
export function remaining(since: number, span: number, now: number): number {
  return Math.min(span, Math.max(0, since + span - now));
}
