import { formatTrace, traceToJson } from "../format-trace.ts";
import { SOURCE_HELP } from "../load-snapshot.ts";
import type { Terminal } from "../terminal.ts";
import { traceFlag } from "../trace-flag.ts";
import type { Command } from "./command.ts";

/** `featureflip explain`. */
export const explain: Command = {
  summary: "prints each step of an evaluation, and why it ended so",
  help: `featureflip explain KEY [--context JSON]

Prints the prerequisites, rules and conditions that were asked, what each saw and whether it matched,
and how a rollout picked.

  --context JSON   who asks: the attributes as JSON, or @ and the path of a file; -c for short
  --json           print it as JSON, as client.explain() answers
${SOURCE_HELP}`,
  run,
};

async function run(args: readonly string[], terminal: Terminal): Promise<void> {
  const { trace, isJson } = await traceFlag(args, terminal);
  terminal.print(isJson ? traceToJson(trace, 2) : formatTrace(trace));
}
