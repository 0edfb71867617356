import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";
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
  if (extra !== undefined) throw new CliError(`Unexpected argument ${JSON.stringify(extra)}`, 2);
  return parsed;
}
