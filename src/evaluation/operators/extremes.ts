/*
 * Whatever is above some of the candidates is above the lowest of them: an operator that compares needs to remember one.
 * `NaN` stands for what is no number, is passed over, and is the answer where nothing is left: it compares with nothing.
 */

/** The lowest of these numbers. */
export function lowest(numbers: readonly number[]): number {
  return numbers.reduce((low, number) => number < low || Number.isNaN(low) ? number : low, NaN);
}

/** The highest of these numbers. */
export function highest(numbers: readonly number[]): number {
  return -lowest(numbers.map((number) => -number));
}
