import type { CharacterSet } from "./character-set.ts";
import type { Look, ParsedPattern, Peek, Repeat, SyntaxNode } from "./parse-pattern.ts";

/** What a state does before its successor takes over. */
type Operation =
  | { readonly op: "match" }
  | { readonly op: "character"; readonly set: CharacterSet; readonly backward: boolean; readonly next: State }
  /** Either way on, `next` preferred. */
  | { readonly op: "split"; readonly next: State; readonly other: State }
  | { readonly op: "peek"; readonly peek: Peek; readonly next: State }
  | { readonly op: "look"; readonly look: number; readonly negated: boolean; readonly next: State }
  /** Writes the position into a register. */
  | { readonly op: "save"; readonly register: number; readonly next: State }
  /** Forgets the groups a new iteration starts without. */
  | { readonly op: "reset"; readonly from: number; readonly to: number; readonly next: State }
  /** Refuses an iteration that consumed nothing since its `save`. */
  | { readonly op: "progress"; readonly register: number; readonly next: State }
  | {
    readonly op: "backReference";
    readonly group: number;
    readonly ignoreCase: boolean;
    readonly backward: boolean;
    readonly next: State;
  };

/** One state of a pattern's automaton. */
export type State = Operation & { readonly id: number };

/** A pattern as an automaton, its counted quantifiers written out. */
export interface Program {
  readonly entry: State;
  /** The number of states, those of the lookarounds included. */
  readonly size: number;
  /** The lookarounds' automata, inner ones before those that use them. */
  readonly looks: readonly { readonly entry: State; readonly behind: boolean }[];
  /** Two registers a group, its start and end, then one a loop. */
  readonly registers: number;
}

/** The outcome of one test of one value. */
export interface MatchResult {
  readonly matched: boolean;
  /** The work done, in steps: states entered and characters compared. */
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
  const looks: { entry: State; behind: boolean }[] = [];
  const lookIndexes = new Map<Look, number>();
  let registers = pattern.groupCount * 2;
  let size = 0;
  const entry = build(pattern.root, state({ op: "match" }), false);
  return { entry, size, looks, registers };

  function state(operation: Operation): State {
    return Object.assign(operation, { id: grow() });
  }

  function grow(): number {
    if (size >= MAX_SIZE) throw new RangeError();
    return size++;
  }

  /** Builds from the end: returns the state that matches `node`, read in the given direction, and goes on to `next`. */
  function build(node: SyntaxNode, next: State, backward: boolean): State {
    switch (node.type) {
      case "character":
        return state({ op: "character", set: node.set, backward, next });
      case "backReference":
        return state({ op: "backReference", group: node.group, ignoreCase: node.ignoreCase, backward, next });
      case "peek":
        return state({ op: "peek", peek: node, next });
      case "look":
        return buildLook(node, next);
      case "sequence":
        return (backward ? node.items : node.items.toReversed())
          .reduce((rest, item) => build(item, rest, backward), next);
      case "alternation":
        return node.branches
          .map((branch) => build(branch, next, backward))
          .reduceRight((other, branch) => state({ op: "split", next: branch, other }));
      case "repeat":
        return buildRepeat(node, next, backward);
      case "group": {
        if (!isBacktracking) return build(node.body, next, backward);
        const start = node.index * 2 - 2;
        const end = start + 1;
        const close = state({ op: "save", register: backward ? start : end, next });
        return state({
          op: "save",
          register: backward ? end : start,
          next: build(node.body, close, backward),
        });
      }
    }
  }

  function buildLook(node: Look, next: State): State {
    let look = lookIndexes.get(node);
    if (look === undefined) {
      const entry = build(node.body, state({ op: "match" }), node.behind === isBacktracking);
      look = looks.push({ entry, behind: node.behind }) - 1;
      lookIndexes.set(node, look);
    }
    return state({ op: "look", look, negated: node.negated, next });
  }

  function buildRepeat(node: Repeat, next: State, backward: boolean): State {
    const { max, greedy } = node;
    let { min } = node;
    let entry = next;
    if (max === Infinity) {
      // A cycle can only be closed once its far side exists, so this one state is completed late.
      const loop = state({ op: "split", next, other: next }) as { next: State; other: State } & State;
      const body = iteration(loop, true);
      if (greedy) loop.next = body;
      else loop.other = body;
      entry = loop;
      if (min > 0 && !isBacktracking) {
        entry = body;
        min--;
      }
    } else {
      for (let count = min; count < max; count++) {
        const body = iteration(entry, true);
        entry = state({ op: "split", next: greedy ? body : next, other: greedy ? next : body });
      }
    }
    for (let count = 0; count < min; count++) entry = iteration(entry, false);
    return entry;

    function iteration(next: State, isOptional: boolean): State {
      grow(); // an iteration may have no state of its own: `(?:){9999}`
      if (!isBacktracking) return build(node.body, next, backward);
      let entry: State;
      if (isOptional) {
        const register = registers++;
        const body = build(node.body, state({ op: "progress", register, next }), backward);
        entry = state({ op: "save", register, next: body });
      } else {
        entry = build(node.body, next, backward);
      }
      const { groupsFrom, groupsTo } = node;
      if (groupsFrom === groupsTo) return entry;
      return state({ op: "reset", from: groupsFrom * 2, to: groupsTo * 2, next: entry });
    }
  }
}

/** Returns whether an assertion about neighbouring characters holds at a position. */
export function holds(peek: Peek, codes: Uint32Array, position: number): boolean {
  const behind = peek.behind && peek.set.has(codes[position - 1]);
  const ahead = peek.ahead && peek.set.has(codes[position]);
  return (behind !== ahead) !== peek.negated;
}
