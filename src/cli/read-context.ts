import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import { CliError } from "./cli-error.ts";
import { parseJsonText } from "./json/parse-json-text.ts";
import { readFileText } from "./read-file-text.ts";

/**
 * Reads what `--context` was given: JSON, or `@` and the path of a file that holds it.
 *
 * @throws {CliError} when it is no JSON object.
 */
export async function readContext(given: string): Promise<EvaluationContext> {
  const text = given.startsWith("@") ? await readFileText(given.slice(1)) : given;
  try {
    parseJsonText(text);
  } catch (error) {
    throw new CliError(`Option '--context' must be JSON: ${(error as Error).message}`, 2);
  }
  const context: unknown = JSON.parse(text);
  if (typeof context === "object" && context !== null && !Array.isArray(context)) {
    return context as EvaluationContext;
  }
  throw new CliError(`Option '--context' must be an object, such as '{"user_id":"u-1"}'`, 2);
}
