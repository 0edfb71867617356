import { isUtf8 } from "node:buffer";
import type { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import { isRecord } from "../errors/format.ts";
import { parseJson } from "./json/parse-json-text.ts";
import { CliError } from "./terminal.ts";

/**
 * Reads a text file. A byte order mark stays in the text, so that it can be written back.
 *
 * @throws {CliError} naming the path and the reason, also when it is not UTF-8: what cannot be decoded cannot be kept.
 */
export async function readFileText(path: string): Promise<string> {
  return (await readFileAgain(path, undefined)).text;
}

/** The text of a file and its bytes. */
export interface FileText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * Reads a text file as {@linkcode readFileText} does. Bytes that are already known are not decoded again.
 *
 * @throws {CliError} naming the path and the reason.
 */
export async function readFileAgain(path: string, known: FileText | undefined): Promise<FileText> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new CliError(`Cannot read ${path}: ${reasonOf(error)}`);
  }
  if (known !== undefined && bytes.equals(known.bytes)) return known;
  const [first = 1, second = 1] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first * second === 0) {
    throw new CliError(`Cannot read ${path}: it is UTF-16, save it as UTF-8`);
  }
  if (isUtf8(bytes)) return { bytes, text: bytes.toString("utf8") };
  throw new CliError(`Cannot read ${path}: line ${lineOfError(bytes)} is not UTF-8, save the file as UTF-8`);
}

/** Returns the number of the first line that is not UTF-8. */
function lineOfError(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start) + 1 || bytes.length;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end;
  }
  return line;
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
  ENOSPC: "the disk is full",
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
  let context: unknown;
  try {
    context = parseJson(text);
  } catch (error) {
    throw new CliError(`Option '--context' must be JSON: ${(error as Error).message}`, 2);
  }
  if (isRecord(context)) return context as EvaluationContext;
  throw new CliError(`Option '--context' must be an object, such as '{"user_id":"u-1"}'`, 2);
}
