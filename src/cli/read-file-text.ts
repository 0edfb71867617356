import { readFile } from "node:fs/promises";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import { parseJsonText } from "./json/parse-json-text.ts";
import { CliError } from "./terminal.ts";

/**
 * Reads a text file, without a byte order mark.
 *
 * @throws {CliError} naming the path and the reason.
 */
export async function readFileText(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
  } catch (error) {
    throw new CliError(`Cannot read ${path}: ${reasonOf(error)}`);
  }
}

/** Returns the reason of a failed system call in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return REASONS[String(code)] ?? String(message);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EISDIR: "it is a directory",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of the path is not a directory",
  EPERM: "permission is denied",
  EROFS: "the file system is read-only",
};

/**
 * Reads the value of `--context`: JSON, or `@` and the path of a JSON file.
 *
 * @throws {CliError} when it is not a JSON object.
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
