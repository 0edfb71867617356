import type { Leaf, Look, ParsedPattern, Peek, Repeat, SyntaxNode } from "./parse-pattern.ts";

/** One state of a pattern's automaton. */
export interface State {
  readonly id: number;
  readonly node: StateNode;
  /** Whether what it matches lies behind the position. */
  readonly backward: boolean;
  /** The successor; of a match, none. */
  next: State | null;
  /** The other way on from a split, which prefers `next`. */
  other: State | null;
}

/**
 * What a state does before its successor takes over. A quantified piece begins an iteration: it forgets the groups
 * inside, and writes the position into a register; `progress` refuses an iteration that consumed nothing since.
 */
type StateNode =
  | Leaf
  | Repeat
  | { readonly type: "match" | "split" }
  | { readonly type: "progress"; readonly register: number };

/** A pattern as an automaton, its counted quantifiers written out. */
export interface Program {
  readonly entry: State;
  /** The number of states, those of the lookarounds included. */
  readonly size: number;
  /** How many registers it writes. */
  readonly registers: number;
  /** The lookarounds' automata, inner ones before those that use them. */
  readonly looks: ReadonlyMap<Look, State>;
}

/** The outcome of one test of one value. */
export interface MatchResult {
  readonly matched: boolean;
  /** The work done, in steps: states entered, registers copied and characters compared. */
  readonly steps: number;
  /** Whether the steps ran out, and the search was abandoned. */
  readonly exhausted: boolean;
}

// Enough for `.{1,5000}`, and some two megabytes at the most.
const MAX_SIZE = 20_000;

/**
 * Compiles a pattern for one of the two matchers: `backtrack()`, which follows captures, or `simulate()`, which
 * has none and finds where lookarounds hold by running them from their far ends, against their reading direction.
 *
 * @throws {RangeError} If the pattern takes more than 20,000 states.
 */
export function compileProgram(pattern: ParsedPattern, matcher: "backtrack" | "simulate"): Program {
  const isBacktracking = matcher === "backtrack";
  const looks = new Map<Look, State>();
  let size = 0;
  const entry = build(pattern.root, state({ type: "match" }, null), false);
  return { entry, size, registers: pattern.registers, looks };

  function state(node: StateNode, next: State | null, backward = false): State {
    return { id: grow(), node, backward, next, other: next };
  }

  function grow(): number {
    if (size >= MAX_SIZE) throw new RangeError();
    return size++;
  }

  /** Builds from the end: returns the state that matches `node`, read in the given direction, and goes on to `next`. */
  function build(node: SyntaxNode, next: State, backward: boolean): State {
    switch (node.type) {
      case "sequence":
        return (backward ? node.items : node.items.toReversed())
          .reduce((rest, item) => build(item, rest, backward), next);
      case "alternation":
        return node.branches
          .map((branch) => build(branch, next, backward))
          .reduceRight((other, branch) => Object.assign(state({ type: "split" }, branch), { other }));
      case "repeat":
        return buildRepeat(node, next, backward);
      case "save":
        return isBacktracking ? state(node, next) : next;
      case "look":
        if (!looks.has(node)) {
          const end = state({ type: "match" }, null);
          looks.set(node, build(node.body, end, node.behind === isBacktracking));
        }
    }
    return state(node, next, backward);
  }

  function buildRepeat(node: Repeat, next: State, backward: boolean): State {
    const { min, max, register } = node;
    const isLoop = max === Infinity;
    let required = min;
    let entry = next;
    for (let count = min; count < (isLoop ? min + 1 : max); count++) {
      const split = state({ type: "split" }, next);
      const body = iteration(isLoop ? split : entry, true);
      split[node.greedy ? "next" : "other"] = body;
      entry = split;
      if (isLoop && min > 0 && !isBacktracking) {
        entry = body;
        required--;
      }
    }
    for (let count = 0; count < required; count++) entry = iteration(entry, false);
    return entry;

    function iteration(next: State, isOptional: boolean): State {
      // A single character is neither empty nor a group.
      if (!isBacktracking || node.body.type === "character") {
        grow(); // an iteration may have no state of its own: `(?:){9999}`
        return build(node.body, next, backward);
      }
      const end = isOptional ? state({ type: "progress", register }, next) : next;
      return state(node, build(node.body, end, backward));
    }
  }
}

/** Returns whether an assertion about neighbouring characters holds at a position. */
export function holds(peek: Peek, codes: Uint32Array, position: number): boolean {
  const behind = peek.behind && peek.set.has(codes[position - 1]);
  const ahead = peek.ahead && peek.set.has(codes[position]);
  return (behind !== ahead) !== peek.negated;
}
