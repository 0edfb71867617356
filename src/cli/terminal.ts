/** The parts of the process that a command uses. */
export interface Terminal {
  /** Prints a result: one line to standard output. */
  readonly print: (line: string) => void;
  /** Prints a note: one line to standard error. */
  readonly note: (line: string) => void;
  /** Reads standard input to its end. */
  readonly readInput: () => Promise<string>;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
  /** Resolves when the process receives SIGINT or SIGTERM. */
  readonly ended: () => Promise<void>;
}

/** An error that the user of the command can fix: it is printed without a stack. */
export class CliError extends Error {
  /** The name of the class. */
  override readonly name: string = "CliError";

  /** The exit code of the process: 2 when the command line is wrong, 3 when `pull --check` finds drift, 1 otherwise. */
  readonly exitCode: 1 | 2 | 3;

  /**
   * Creates an error.
   *
   * @param message What is wrong, and what is allowed.
   * @param exitCode 1 by default.
   */
  constructor(message: string, exitCode: 1 | 2 | 3 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

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
