/**
 * How long a rejected key is left alone, in ms. It can be enabled again, but rarely within seconds: 30 s, five times, then
 * 5 minutes (contract §1).
 *
 * @param count How often it has been rejected in a row, this time included.
 */
export function afterRejection(count: number): number {
  return count > 5 ? 300_000 : 30_000;
}
