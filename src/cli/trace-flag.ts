import { FeatureflipClient } from "../client/client.ts";
import type { EvaluationTrace } from "../evaluation/evaluation-trace.ts";
import { loadSnapshot, SOURCE_OPTIONS } from "./load-snapshot.ts";
import { parseArguments } from "./parse-arguments.ts";
import { readContext } from "./read-file-text.ts";
import { CliError } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** One evaluation that a command line asked for. */
export interface TracedFlag {
  readonly trace: EvaluationTrace;
  /** Where the flag comes from. */
  readonly from: string;
  /** Whether it is to be printed as JSON. */
  readonly isJson: boolean;
}

/** Evaluates the flag that a command line names: what `eval` and `explain` have in common. */
export async function traceFlag(args: readonly string[], terminal: Terminal): Promise<TracedFlag> {
  const { values, positionals: [key] } = parseArguments(args, {
    ...SOURCE_OPTIONS,
    context: { type: "string", short: "c", default: "{}" },
    json: { type: "boolean", default: false },
  }, 1);
  if (key === undefined) throw new CliError("The flag's key is missing", 2);
  const context = await readContext(values.context);
  const { snapshot, from, note } = await loadSnapshot(values, terminal);
  const logger = { debug() {}, info() {}, warn: note, error: note };
  await using client = new FeatureflipClient({ mode: "offline", bootstrap: snapshot, logger });
  const trace = client.explain(key, context);
  if (trace.detail.reason === "FLAG_NOT_FOUND") {
    throw new CliError(`There is no flag ${JSON.stringify(key)} in ${from}`);
  }
  return { trace, from, isJson: values.json };
}
