import type { Terminal } from "../terminal.ts";

/** One command of `featureflip`. */
export interface Command {
  /** What it does, in one line. */
  readonly summary: string;
  /** Its full help text. */
  readonly help: string;
  /**
   * Runs it.
   *
   * @param args The arguments after its name.
   * @throws {CliError} for what the user can fix.
   */
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<void>;
}
