/** The median; of an even number of values the upper of the two middle ones. `NaN` for an empty list. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
