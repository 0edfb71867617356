import { FeatureflipClient } from "../../client/client.ts";
import { isRecord, quote } from "../../errors/format.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { EvaluationTrace } from "../../evaluation/explain.ts";
import { readFileText } from "../files.ts";
import { formatTrace, traceToJson } from "../format-trace.ts";
import { parseJson } from "../json/parse-json-text.ts";
import { loadSnapshot, SOURCE_HELP, SOURCE_OPTIONS, warningLogger } from "../load-snapshot.ts";
import { didYouMean, parseArguments } from "../parse-arguments.ts";
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
  // An evaluation, unlike a trace, notes what is probably a mistake in the context, such as a nested object.
  if (trace.detail.error === undefined) client.jsonVariation(key, context, null);
  return { trace, from, isJson: values.json };
}

/**
 * Reads the value of `--context`: JSON, or `@` and the path of a JSON file.
 *
 * @throws {CliError} when it is not a JSON object.
 */
export async function readContext(given: string): Promise<EvaluationContext> {
  const text = given.startsWith("@") ? await readFileText(given.slice(1)) : given;
  let context: unknown;
  try {
    context = parseJson(text);
  } catch (error) {
    throw new CliError(`Option '--context' must be JSON: ${(error as Error).message}`, 2);
  }
  if (isRecord(context)) return context as EvaluationContext;
  throw new CliError(`Option '--context' must be an object, such as '{"user_id":"u-1"}'`, 2);
}
