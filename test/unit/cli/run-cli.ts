import { run } from "../../../src/cli/run.ts";

/** What a command line came to. */
export interface CliResult {
  readonly code: number;
  /** What it printed as its result. */
  readonly out: string;
  /** What it said beside it. */
  readonly err: string;
}

/** Runs a command line in this process, in an environment of its own. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> | ((name: string) => string | undefined) = {},
  input = "",
): Promise<CliResult> {
  let [out, err] = ["", ""];
  const code = await run(args, {
    print: (line) => out += `${line}\n`,
    note: (line) => err += `${line}\n`,
    readInput: () => Promise.resolve(input),
    env: typeof env === "function" ? env : (name) => env[name],
    ended: () => Promise.resolve(),
  });
  return { code, out, err };
}
