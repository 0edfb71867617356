import type { Scalar } from "../evaluation-context.ts";
import type { Matcher } from "./matcher.ts";

/** Whether the order of two values (negative, 0 or positive) is the one asked for. */
export type Compare = (order: number) => boolean;

/** A matcher that holds when some value compares so; a side that can't be read does not match (contract §3.3). */
export function compareSome<T>(
  values: readonly string[],
  read: (value: Scalar) => T | undefined,
  order: (a: T, b: T) => number,
  compare: Compare,
): Matcher {
  const candidates = values.map(read).filter((candidate) => candidate !== undefined);
  return (value) => {
    const found = read(value);
    if (found === undefined) return false;
    for (const candidate of candidates) if (compare(order(found, candidate))) return true;
    return false;
  };
}
