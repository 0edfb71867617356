import { formatTrace, traceFlag, traceToJson } from "../format-trace.ts";
import { SOURCE_HELP } from "../load-snapshot.ts";
import type { Command, Terminal } from "../terminal.ts";

/** `featureflip explain`. */
export const explain: Command = {
  summary: "prints each step of a flag's evaluation",
  help: `featureflip explain KEY [--context JSON]

Prints the prerequisites, rules and conditions that were evaluated, the attribute that each compared and
whether it matched, and the bucket of a rollout.

  --context JSON   the evaluation context as JSON, or @ and the path of a file; -c for short
  --json           print JSON, as client.explain() returns it
${SOURCE_HELP}`,
  run,
};

async function run(args: readonly string[], terminal: Terminal): Promise<void> {
  const { trace, isJson } = await traceFlag(args, terminal);
  terminal.print(isJson ? traceToJson(trace, 2) : formatTrace(trace));
}
