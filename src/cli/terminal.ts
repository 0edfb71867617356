/** What a command is given of the process that it runs in. */
export interface Terminal {
  /** Prints a result: a line on the standard output. */
  readonly print: (line: string) => void;
  /** Prints what is to be known beside it: a line on the standard error output. */
  readonly note: (line: string) => void;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
  /** Settles when the process is told to end (SIGINT, SIGTERM). */
  readonly ended: () => Promise<void>;
}

/** Something that a user of the command can put right: it is printed without a stack. */
export class CliError extends Error {
  /** The name of the class. */
  override readonly name: string = "CliError";

  /** What the process ends with: 2 when the command line is at fault, 1 otherwise. */
  readonly exitCode: number;

  /**
   * Makes an error.
   *
   * @param message What is wrong, and what would be right.
   * @param exitCode 1 by default.
   */
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
