import type { Terminal } from "../terminal.ts";

/** One command of `featureflip`. */
export interface Command {
  /** What it does, in one line. */
  readonly summary: string;
  /** All that there is to say about it. */
  readonly help: string;
  /**
   * Runs it.
   *
   * @param args What follows its name on the command line.
   * @throws {CliError} for what the user can put right.
   */
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<void>;
}
