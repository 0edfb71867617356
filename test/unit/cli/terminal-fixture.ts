import type { Terminal } from "../../../src/cli/terminal.ts";

/** A terminal in memory, with the notes that it got. */
export interface TerminalFixture extends Terminal {
  readonly notes: string[];
}

/** Creates a terminal whose standard input is a text, and which has no environment variables. */
export function createTerminal(input = ""): TerminalFixture {
  const notes: string[] = [];
  return {
    notes,
    print() {},
    note: (line) => notes.push(line),
    readInput: () => Promise.resolve(input),
    env: () => undefined,
    ended: () => Promise.resolve(),
  };
}
