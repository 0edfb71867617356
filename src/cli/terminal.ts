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
