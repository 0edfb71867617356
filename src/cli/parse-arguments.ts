import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";
import { CliError } from "./terminal.ts";

/** The options of a command, as `parseArgs` takes them. */
export type OptionsConfig = NonNullable<ParseArgsConfig["options"]>;

/** What stands on a command line. */
export interface Arguments<T extends OptionsConfig> {
  readonly values: ReturnType<
    typeof parseArgs<{ options: T; allowPositionals: true; strict: true }>
  >["values"];
  readonly positionals: readonly string[];
}

/**
 * Reads a command line.
 *
 * @param most How many words beside the options there may be.
 * @throws {CliError} for an option that does not exist, a missing value, a word too many.
 */
export function parseArguments<const T extends OptionsConfig>(
  args: readonly string[],
  options: T,
  most: number,
): Arguments<T> {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node goes on to explain how to pass a value that begins with a dash.
    throw new CliError((error as Error).message.split(/\. |\n/)[0]!, 2);
  }
  const extra = parsed.positionals[most];
  if (extra !== undefined) throw new CliError(`There is no use for ${JSON.stringify(extra)} here`, 2);
  return parsed;
}
