import { holds } from "./program.ts";
import type { MatchResult, Program, State } from "./program.ts";

/** Where groups start and end, and iterations began; NaN where none has. Never changed, since others may share it. */
type Registers = readonly number[];

/** Where to go on after a failure. */
interface Choice {
  readonly state: State;
  readonly position: number;
  readonly registers: Registers;
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
  const unset: Registers = new Array(program.registers).fill(NaN);
  const sameLetter = new RegExp("^([^])\\1$", unicode ? "iu" : "i");
  let steps = 0;
  let matched = false;
  for (let start = 0; start <= codes.length && !matched && steps <= maxSteps; start++) {
    matched = run({ state: program.entry, position: start, registers: unset }) !== null;
  }
  return { matched, steps, exhausted: steps > maxSteps };

  /** Returns the registers of the first match, null if there is none. */
  function run(entry: Choice): Registers | null {
    const choices: Choice[] = [];
    let { state, position, registers } = entry;
    while (++steps <= maxSteps) {
      let holdsHere = true;
      const { node, backward } = state;
      switch (node.type) {
        case "match":
          return registers;
        case "character":
          holdsHere = node.set.has(codes[backward ? position - 1 : position]);
          position += backward ? -1 : 1;
          break;
        case "split":
          choices.push({ state: state.other as State, position, registers });
          break;
        case "peek":
          holdsHere = holds(node, codes, position);
          break;
        case "look": {
          const found = run({ state: program.looks.get(node) as State, position, registers });
          holdsHere = (found === null) === node.negated;
          registers = found ?? registers;
          break;
        }
        case "save":
          registers = write(registers, node.register, position);
          break;
        case "repeat":
          registers = write(registers, node.register, position).fill(NaN, node.groupsFrom, node.groupsTo);
          break;
        case "progress":
          holdsHere = registers[node.register] !== position;
          break;
        case "backReference": {
          const from = registers[node.register] as number;
          const to = registers[node.register + 1] as number;
          // A group that has taken no part, or is not yet closed, matches the empty string.
          const length = to - from || 0;
          if (backward) position -= length;
          holdsHere = isRepeated(from, position, length, node.ignoreCase);
          if (!backward) position += length;
          break;
        }
      }
      if (holdsHere) {
        state = state.next as State;
        continue;
      }
      const choice = choices.pop();
      if (choice === undefined) return null;
      ({ state, position, registers } = choice);
    }
    return null;
  }

  function write(registers: Registers, register: number, position: number): number[] {
    steps += registers.length >> 3;
    return registers.with(register, position);
  }

  function isRepeated(from: number, start: number, length: number, ignoreCase: boolean): boolean {
    for (let index = 0; index < length; index++) {
      steps++;
      const left = codes[from + index] as number;
      const right = codes[start + index];
      if (left === right) continue;
      if (!ignoreCase || right === undefined) return false;
      if (!sameLetter.test(String.fromCodePoint(left, right))) return false;
    }
    return true;
  }
}
