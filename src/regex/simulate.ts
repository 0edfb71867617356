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
  const truths: Uint8Array[] = [];
  let steps = 0;
  for (const { entry, behind } of program.looks) {
    if (steps > maxSteps) break;
    const truth = new Uint8Array(codes.length + 1);
    run(entry, behind, truth);
    truths.push(truth);
  }
  const matched = run(program.entry, true, null);
  return { matched, steps, exhausted: steps > maxSteps };

  /** Marks every position where a match ends or, without `truth`, returns whether there is one. */
  function run(entry: State, forward: boolean, truth: Uint8Array | null): boolean {
    const pending: State[] = [];
    const live: (State & { op: "character" })[] = [];
    for (let count = 0; count <= codes.length; count++) {
      const position = forward ? count : codes.length - count;
      pending.push(entry);
      for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
        if (visited[state.id] === position) continue;
        visited[state.id] = position;
        steps++;
        switch (state.op) {
          case "match":
            if (truth === null) return true;
            truth[position] = 1;
            break;
          case "character":
            live.push(state);
            break;
          case "split":
            pending.push(state.other, state.next);
            break;
          case "peek":
            if (holds(state.peek, codes, position)) pending.push(state.next);
            break;
          case "look":
            if ((truths[state.look]?.[position] === 1) !== state.negated) pending.push(state.next);
            break;
        }
      }
      steps += live.length;
      if (steps > maxSteps) return false;
      const code = codes[forward ? position : position - 1];
      for (const { set, next } of live) {
        if (set.has(code)) pending.push(next);
      }
      live.length = 0;
    }
    return false;
  }
}
