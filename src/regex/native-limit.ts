import { ANY, type SyntaxNode } from "./parse-pattern.ts";

/**
 * Bounds on a backtracking search for one piece of a pattern, from one position: the steps taken before every way to
 * match it has been tried, and the ways there are. What follows is tried once for each.
 */
type Cost = readonly [steps: number, ways: number];

// A native step takes one or two nanoseconds: on 50,000 characters these are some tens of milliseconds at worst.
const STEPS_PER_CHARACTER = 512;

/**
 * Returns up to which length a value may be given to the host's own engine: one that takes, searched by
 * backtracking, at most 512 steps a character; -1 where not even the empty value is.
 *
 * `@example\.com$` is harmless at any length, `\s+$` (quadratic) up to some hundred characters, `(a+)+$` at none
 * but the shortest.
 */
export function nativeLimit(root: SyntaxNode): number {
  let limit = -1;
  // Twice the length takes at least the steps, so between two that pass the bound is off by two at the most.
  for (let length = 1; length <= 2 ** 30; length *= 2) {
    // Not the other way round: what is too large for a number is NaN.
    if (!(stepBound(root, length) <= STEPS_PER_CHARACTER * (length + 1))) break;
    limit = length;
  }
  return limit;
}

/** Returns a bound on the steps of a backtracking search through a value of this length, from all its positions. */
export function stepBound(root: SyntaxNode, length: number): number {
  return cost(root, length, true)[0] + length * cost(root, length, false)[0];
}

/** `atStart`: whether the position may be the value's very start. Where it can't, `^` has no way to match. */
function cost(node: SyntaxNode, length: number, atStart: boolean): Cost {
  switch (node.type) {
    case "save":
      return [0, 1];
    case "character":
      return [1, 1];
    case "backReference":
      return [length + 1, 1];
    case "peek": {
      const isStart = node.behind && !node.ahead && node.negated && node.set.source === ANY;
      return [1, Number(atStart || !isStart)];
    }
    case "look": {
      // Reading backward may reach the start from anywhere.
      const [steps, ways] = cost(node.body, length, atStart || node.behind);
      // It tries a sequence's items last to first, too, which makes no difference only where each has one way.
      return [node.behind && ways > 1 ? Infinity : steps + 1, 1];
    }
    case "alternation": {
      let [steps, ways] = [0, 0];
      for (const branch of node.branches) {
        const [branchSteps, branchWays] = cost(branch, length, atStart);
        steps += branchSteps + 1;
        ways += branchWays;
      }
      return [steps, ways];
    }
    case "sequence": {
      let [steps, ways] = [0, 1];
      for (const item of node.items) {
        const [itemSteps, itemWays] = cost(item, length, atStart);
        steps += ways * itemSteps;
        ways *= itemWays;
        if (ways === 0) break;
      }
      return [steps, ways];
    }
    case "repeat": {
      const [steps, ways] = cost(node.body, length, atStart);
      // Iterations beyond the minimum that consume nothing are refused.
      const most = Math.min(node.max, node.min + length);
      // The ways to have come through 0, 1, 2 … iterations, in all.
      const tries = ways === 1 ? most + 1 : (ways ** (most + 1) - 1) / (ways - 1);
      return [tries * (steps + 1), ways === 1 ? most - node.min + 1 : tries];
    }
  }
}
