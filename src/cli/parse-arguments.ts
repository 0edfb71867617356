import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";
import { HARMLESS_TEXT } from "../errors/check-option.ts";
import { quote } from "../errors/format.ts";
import { CliError } from "./terminal.ts";

/** The options of a command, as `parseArgs` takes them. */
export type OptionsConfig = NonNullable<ParseArgsConfig["options"]>;

/** A parsed command line. */
export interface Arguments<T extends OptionsConfig> {
  readonly values: ReturnType<
    typeof parseArgs<{ options: T; allowPositionals: true; strict: true }>
  >["values"];
  readonly positionals: readonly string[];
}

/**
 * Parses a command line.
 *
 * @param maxPositionals The largest number of arguments besides the options.
 * @throws {CliError} for an unknown option, a missing value or an unexpected argument.
 */
export function parseArguments<const T extends OptionsConfig>(
  args: readonly string[],
  options: T,
  maxPositionals: number,
): Arguments<T> {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node goes on to explain how to pass a value that begins with a dash.
    throw new CliError((error as Error).message.split(/\. |\n/)[0]!, 2);
  }
  const extra = parsed.positionals[maxPositionals];
  if (extra !== undefined) {
    const shown = HARMLESS_TEXT.test(extra)
      ? quote(extra)
      : "(it is not shown, because it may be the SDK key)";
    throw new CliError(`Unexpected argument ${shown}`, 2);
  }
  return parsed;
}

/** The largest number of typing mistakes for which a name is suggested. */
const MAX_MISTAKES = 2;

/** Returns a suggestion for a mistyped name, such as `, did you mean "dark-mode"?`; empty when no known name is close. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const folded = name.toLowerCase();
  let nearest: string | undefined;
  let fewest = Math.min(MAX_MISTAKES, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const mistakes = distance(folded, candidate.toLowerCase(), fewest);
    if (mistakes < fewest) [nearest, fewest] = [candidate, mistakes];
  }
  return nearest === undefined ? "" : `, did you mean ${quote(nearest)}?`;
}

/**
 * Counts the characters that were added, left out, replaced or swapped with their neighbour (optimal string alignment).
 *
 * @param limit Distances of at least this are not distinguished.
 */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      let least = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (isSame ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, beforeLast[column - 2]! + 1);
      }
      current.push(least);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length]!;
}
