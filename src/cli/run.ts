import { ConfigurationError } from "../errors/configuration-error.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { printable, quote } from "../errors/format.ts";
import { VERSION } from "../version.ts";
import { dev } from "./commands/dev.ts";
import { evaluate, explain } from "./commands/evaluate.ts";
import { pull } from "./commands/pull.ts";
import { didYouMean } from "./parse-arguments.ts";
import { CliError } from "./terminal.ts";
import type { Command, Terminal } from "./terminal.ts";

/** The oldest supported version of Node, as in `engines` of package.json. */
const OLDEST: readonly [major: number, minor: number] = [20, 19];

const COMMANDS: Readonly<Record<string, Command>> = { dev, eval: evaluate, explain, pull };

const HELP = `featureflip: feature flags on your machine

${
  Object.entries(COMMANDS).map(([name, { summary }]) => `  featureflip ${name.padEnd(9)} ${summary}`).join(
    "\n",
  )
}

  featureflip COMMAND --help   prints the help of a command
  featureflip --version        prints the version`;

/** Returns an error message for a version of Node that is too old. */
export function checkNodeVersion(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `featureflip needs Node ${OLDEST.join(".")} or later, but this is ${version}`;
}

/**
 * Runs a command line.
 *
 * @param args What follows `featureflip`.
 * @returns The exit code: 0, 1 when the command failed, 2 when the command line is wrong, 3 when `pull --check` finds drift.
 */
export async function run(args: readonly string[], { print, note, ...rest }: Terminal): Promise<number> {
  // Names and texts of files and services are printed: none of them may control the terminal.
  const terminal: Terminal = {
    ...rest,
    print: (line) => print(printable(line)),
    note: (line) => note(printable(line)),
  };
  const [name = "--help", ...words] = args;
  if (name === "--version" || name === "-v") {
    terminal.print(VERSION);
    return 0;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    terminal.print(HELP);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]! : undefined;
  if (command === undefined) {
    const commands = Object.keys(COMMANDS);
    terminal.note(
      `Unknown command ${quote(name)}${didYouMean(name, commands) || "."} Commands: ${commands.join(", ")}`,
    );
    return 2;
  }
  if (words.includes("--help") || words.includes("-h")) {
    terminal.print(command.help);
    return 0;
  }
  try {
    await command.run(words, terminal);
    return 0;
  } catch (error) {
    if (!(error instanceof CliError || error instanceof FeatureflipError || isNotCapable(error))) throw error;
    terminal.note(`featureflip ${name}: ${error.message}`);
    // A key or URL that no client takes comes from the command line, or from the environment in its place.
    const exitCode = error instanceof CliError ? error.exitCode : error instanceof ConfigurationError ? 2 : 1;
    if (exitCode === 2) terminal.note(`Run \`npx @featureflip/sdk ${name} --help\` for its options`);
    return exitCode;
  }
}

/** Whether Deno denied a permission. Its message names the permission and how to grant it. */
function isNotCapable(error: unknown): error is Error {
  return error instanceof Error && error.name === "NotCapable";
}
