import type { Look } from "./parse-pattern.ts";
import { holds } from "./program.ts";
import type { MatchResult, Program, State } from "./program.ts";

/**
 * Searches a value by following all of an automaton's states at once: each state is entered at most once a position,
 * so the steps grow linearly with the value, whatever the pattern (without back-references).
 *
 * A lookaround is run over the whole value first, in the direction in which its far end comes first, which tells for
 * every position at once whether it holds there.
 *
 * @param codes The value (see `characterCodes()`).
 * @param maxSteps The steps after which the search is abandoned.
 */
export function simulate(program: Program, codes: Uint32Array, maxSteps: number): MatchResult {
  const visited = new Int32Array(program.size).fill(-1);
  const truths = new Map<Look, Uint8Array>();
  let steps = 0;
  for (const [look, entry] of program.looks) {
    const truth = new Uint8Array(codes.length + 1);
    run(entry, look.behind, truth);
    if (steps > maxSteps) break;
    truths.set(look, truth);
  }
  const matched = run(program.entry, true, null);
  return { matched, steps, exhausted: steps > maxSteps };

  /** Marks every position where a match ends or, without `truth`, returns whether there is one. */
  function run(entry: State, forward: boolean, truth: Uint8Array | null): boolean {
    let states: (State | null)[] = [];
    for (let count = 0; count <= codes.length; count++) {
      const position = forward ? count : codes.length - count;
      const code = codes[forward ? position : position - 1];
      const successors: (State | null)[] = [];
      states.push(entry);
      // Each may lead to more at the same position, which the loop reaches in turn.
      for (const state of states as State[]) {
        if (visited[state.id] === position) continue;
        visited[state.id] = position;
        steps++;
        const { node, next } = state;
        switch (node.type) {
          case "match":
            if (truth === null) return true;
            truth[position] = 1;
            break;
          case "character":
            steps++;
            if (node.set.has(code)) successors.push(next);
            break;
          case "split":
            states.push(next, state.other);
            break;
          case "peek":
            if (holds(node, codes, position)) states.push(next);
            break;
          case "look":
            if ((truths.get(node)?.[position] === 1) !== node.negated) states.push(next);
            break;
        }
      }
      if (steps > maxSteps) return false;
      states = successors;
    }
    return false;
  }
}
