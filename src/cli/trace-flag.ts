import { FeatureflipClient } from "../client/client.ts";
import { quote } from "../errors/format.ts";
import type { EvaluationTrace } from "../evaluation/evaluation-trace.ts";
import { didYouMean } from "./did-you-mean.ts";
import { loadSnapshot, SOURCE_OPTIONS, warningLogger } from "./load-snapshot.ts";
import { parseArguments } from "./parse-arguments.ts";
import { readContext } from "./read-file-text.ts";
import { CliError } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** One evaluation of a command. */
export interface TracedFlag {
  readonly trace: EvaluationTrace;
  /** The source of the flag. */
  readonly from: string;
  /** Whether it is to be printed as JSON. */
  readonly isJson: boolean;
}

/** Evaluates the flag that a command line names, for `eval` and `explain`. */
export async function traceFlag(args: readonly string[], terminal: Terminal): Promise<TracedFlag> {
  const { values, positionals: [key] } = parseArguments(args, {
    ...SOURCE_OPTIONS,
    context: { type: "string", short: "c", default: "{}" },
    json: { type: "boolean", default: false },
  }, 1);
  if (key === undefined) throw new CliError("Missing argument: the flag's key", 2);
  const context = await readContext(values.context);
  const { snapshot, from, note } = await loadSnapshot(values, terminal);
  await using client = new FeatureflipClient({
    mode: "offline",
    bootstrap: snapshot,
    logger: warningLogger(note),
  });
  const trace = client.explain(key, context);
  if (trace.detail.reason === "FLAG_NOT_FOUND") {
    const keys = snapshot.flags.map(({ key }) => key);
    throw new CliError(`Unknown flag ${quote(key)} in ${from}${didYouMean(key, keys)}`);
  }
  return { trace, from, isJson: values.json };
}
