import { holds } from "./program.ts";
import type { MatchResult, Program, State } from "./program.ts";

/** Where to go on after a failure. */
interface Choice {
  readonly state: State;
  readonly position: number;
}

/** What a register held before it was written. */
interface Write {
  readonly register: number;
  readonly value: number;
}

/** A lookaround that held: the choices made in it, from this height of the trail on, are final. */
interface Cut {
  readonly height: number;
}

/**
 * Searches a value as ECMAScript specifies, one alternative after another. Back-references need it; its steps may
 * grow exponentially with the value, so it depends on `maxSteps`.
 *
 * @param codes The value (see `characterCodes()`).
 * @param unicode Whether `codes` are code points, for the folding of case in back-references.
 * @param maxSteps The steps after which the search is abandoned.
 */
export function backtrack(
  program: Program,
  codes: Uint32Array,
  unicode: boolean,
  maxSteps: number,
): MatchResult {
  const registers = new Int32Array(program.registers).fill(-1);
  const trail: (Choice | Write | Cut)[] = [];
  const sameLetter = new RegExp("^([^])\\1$", unicode ? "iu" : "i");
  let steps = 0;
  let matched = false;
  for (let start = 0; start <= codes.length && !matched && steps <= maxSteps; start++) {
    matched = run(program.entry, start);
  }
  return { matched, steps, exhausted: steps > maxSteps };

  function run(entry: State, start: number): boolean {
    const base = trail.length;
    let state = entry;
    let position = start;
    while (++steps <= maxSteps) {
      let holdsHere = true;
      switch (state.op) {
        case "match":
          return true;
        case "character":
          holdsHere = state.set.has(codes[state.backward ? position - 1 : position]);
          position += state.backward ? -1 : 1;
          break;
        case "split":
          trail.push({ state: state.other, position });
          break;
        case "peek":
          holdsHere = holds(state.peek, codes, position);
          break;
        case "look": {
          const height = trail.length;
          const found = run((program.looks[state.look] as { entry: State }).entry, position);
          holdsHere = found !== state.negated;
          if (found) trail.push({ height });
          break;
        }
        case "save":
          write(state.register, position);
          break;
        case "reset":
          for (let register = state.from; register < state.to; register++) write(register, -1);
          break;
        case "progress":
          holdsHere = registers[state.register] !== position;
          break;
        case "backReference": {
          const from = registers[state.group * 2 - 2] as number;
          const to = registers[state.group * 2 - 1] as number;
          // A group that has taken no part, or is not yet closed, matches the empty string.
          const length = from < 0 || to < 0 ? 0 : to - from;
          const left = state.backward ? position - length : position;
          holdsHere = isRepeated(from, left, length, state.ignoreCase);
          position += state.backward ? -length : length;
          break;
        }
      }
      if (holdsHere) {
        state = state.next;
        continue;
      }
      const choice = rewind(base);
      if (choice === null) return false;
      ({ state, position } = choice);
    }
    return false;
  }

  function write(register: number, value: number): void {
    steps++;
    trail.push({ register, value: registers[register] as number });
    registers[register] = value;
  }

  /** Undoes all since the latest choice above `height`, and returns it. */
  function rewind(height: number): Choice | null {
    while (trail.length > height) {
      const last = trail.pop() as Choice | Write | Cut;
      if ("state" in last) return last;
      if ("register" in last) registers[last.register] = last.value;
      else while (rewind(last.height) !== null);
    }
    return null;
  }

  function isRepeated(from: number, start: number, length: number, ignoreCase: boolean): boolean {
    if (start < 0 || start + length > codes.length) return false;
    for (let index = 0; index < length; index++) {
      steps++;
      const left = codes[from + index] as number;
      const right = codes[start + index] as number;
      if (left === right) continue;
      if (!ignoreCase || !sameLetter.test(String.fromCodePoint(left, right))) return false;
    }
    return true;
  }
}
