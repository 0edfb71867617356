import type { Peek } from "./parse-pattern.ts";

/** Returns whether an assertion about neighbouring characters holds at a position. */
export function holds(peek: Peek, codes: Uint32Array, position: number): boolean {
  const behind = peek.behind && peek.set.has(codes[position - 1]);
  const ahead = peek.ahead && peek.set.has(codes[position]);
  return (behind !== ahead) !== peek.negated;
}
