import { MAX_PATTERN_LENGTH } from "../contract/limits.ts";
import { backtrack } from "./backtrack.ts";
import { characterCodes } from "./character-set.ts";
import { nativeLimit } from "./native-limit.ts";
import { type ParsedPattern, parsePattern } from "./parse-pattern.ts";
import { compileProgram } from "./program.ts";
import { simulate } from "./simulate.ts";

/** A compiled pattern. */
export interface Pattern {
  /**
   * Returns whether the pattern is found anywhere in `value`; never throws, and takes time at most linear in the
   * value's length (contract §3.3). `undefined` when the test ran out of steps, as only back-references or enormous
   * patterns do, and so could not be evaluated.
   */
  test(value: string): boolean | undefined;
}

// About half a second of simulation at the worst: 400 live states on each of 50,000 characters.
const MAX_SIMULATED_STEPS = 20_000_000;

// Some tens of milliseconds of backtracking: 60 steps for each character of the longest header servers accept.
const MAX_BACKTRACKED_STEPS = 1_000_000;

/**
 * Compiles a pattern of the dialect of contract §3.3; null if it is longer than 8,192 characters or can't be compiled,
 * and so matches nothing. Never throws. Reading a pattern takes time and memory linear in its length.
 *
 * The host's own engine tests the values it is sure to test quickly. All others are tested by following all of the
 * pattern's states at once or, with back-references, by backtracking with counted steps.
 */
export function compilePattern(source: string): Pattern | null {
  if (source.length > MAX_PATTERN_LENGTH) return null;
  try {
    return createPattern(parsePattern(source));
  } catch {
    return null;
  }
}

/** @throws {RangeError} If the pattern takes too many states. */
function createPattern(parsed: ParsedPattern): Pattern {
  const { root, native, unicode, hasBackReferences } = parsed;
  const program = compileProgram(parsed, hasBackReferences ? "backtrack" : "simulate");
  const limit = native === null ? -1 : nativeLimit(root);
  return {
    test(value: string): boolean | undefined {
      if (value.length <= limit) {
        try {
          return native!.test(value);
        } catch {
          // The host's engine has limits of its own, such as its stack's size.
        }
      }
      const codes = characterCodes(value, unicode);
      const result = hasBackReferences
        ? backtrack(program, codes, unicode, MAX_BACKTRACKED_STEPS)
        : simulate(program, codes, MAX_SIMULATED_STEPS);
      return result.exhausted ? undefined : result.matched;
    },
  };
}
