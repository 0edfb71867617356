import { formatTrace, traceFlag, traceToJson } from "../format-trace.ts";
import { SOURCE_HELP } from "../load-snapshot.ts";
import { CliError } from "../terminal.ts";
import type { Command, Terminal } from "../terminal.ts";

/** `featureflip eval`. */
export const evaluate: Command = {
  summary: "evaluates a flag for a context",
  help: `featureflip eval KEY [--context JSON]

Prints the value as JSON, and the reason on standard error.

  --context JSON   the evaluation context as JSON, or @ and the path of a file; -c for short
  --json           print value, variation and reason as JSON
${SOURCE_HELP}`,
  run: runEval,
};

/** `featureflip explain`. */
export const explain: Command = {
  summary: "prints each step of a flag's evaluation",
  help: `featureflip explain KEY [--context JSON]

Prints the prerequisites, rules and conditions that were evaluated, the attribute that each compared and
whether it matched, and the bucket of a rollout.

  --context JSON   the evaluation context as JSON, or @ and the path of a file; -c for short
  --json           print JSON, as client.explain() returns it
${SOURCE_HELP}`,
  run: runExplain,
};

async function runEval(args: readonly string[], terminal: Terminal): Promise<void> {
  const { trace: { key, detail }, isJson } = await traceFlag(args, terminal);
  const { value = null, reason, variationKey, ruleId, prerequisiteKey, error } = detail;
  if (isJson) terminal.print(traceToJson({ key, ...detail, value }, 2));
  if (error !== undefined) throw new CliError(error.message);
  if (isJson) return;
  terminal.print(JSON.stringify(value));
  const facts = [
    reason,
    ruleId === undefined ? undefined : `rule ${JSON.stringify(ruleId)}`,
    prerequisiteKey === undefined ? undefined : `prerequisite ${JSON.stringify(prerequisiteKey)}`,
    variationKey === undefined ? undefined : `variation ${JSON.stringify(variationKey)}`,
    detail.value === undefined ? "callers get their default" : undefined,
  ];
  terminal.note(facts.filter((fact) => fact !== undefined).join(", "));
}

async function runExplain(args: readonly string[], terminal: Terminal): Promise<void> {
  const { trace, isJson } = await traceFlag(args, terminal);
  terminal.print(isJson ? traceToJson(trace, 2) : formatTrace(trace));
}
