import { backtrack } from "../../../src/regex/backtrack.ts";
import { characterCodes } from "../../../src/regex/character-set.ts";
import { type ParsedPattern, parsePattern } from "../../../src/regex/parse-pattern.ts";
import type { MatchResult } from "../../../src/regex/program.ts";
import { compileProgram } from "../../../src/regex/program.ts";
import { simulate } from "../../../src/regex/simulate.ts";

/** Returns what `RegExp` makes of a pattern, null if it refuses it. */
export function nativePattern(source: string, flags = ""): RegExp | null {
  try {
    return new RegExp(source, flags);
  } catch {
    return null;
  }
}

/** Returns a pattern's syntax tree, null if it does not compile. */
export function parsed(source: string): ParsedPattern | null {
  try {
    return parsePattern(source);
  } catch {
    return null;
  }
}

/** Tests a value with the backtracking matcher, whichever a pattern would be given. */
export function testByBacktracking(pattern: ParsedPattern, value: string, maxSteps = 1_000_000): MatchResult {
  const codes = characterCodes(value, pattern.unicode);
  return backtrack(compileProgram(pattern, "backtrack"), codes, pattern.unicode, maxSteps);
}

/** Tests a value with the simulating matcher, whichever a pattern without back-references would be given. */
export function testBySimulation(
  pattern: ParsedPattern,
  value: string,
  maxSteps = 1_000_000_000,
): MatchResult {
  const codes = characterCodes(value, pattern.unicode);
  return simulate(compileProgram(pattern, "simulate"), codes, maxSteps);
}
