import { Buffer, isUtf8 } from "node:buffer";
import { open, readFile } from "node:fs/promises";
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
  return decode(path, await readBytes(path));
}

/**
 * The text of a file that is read and written again and again. What is known already is not decoded again, and two pieces of
 * memory take turns: to fill fresh memory costs more than to read the file.
 */
export class FileText {
  /** What was read or written last. */
  #text: string | undefined;
  #bytes: Uint8Array = new Uint8Array();
  /** The memory that the bytes are in, unless the file was read as a whole; and the other memory. */
  #used: Uint8Array = new Uint8Array();
  #spare: Uint8Array = new Uint8Array();

  /**
   * Reads a file as {@linkcode readFileText} does.
   *
   * @throws {CliError} naming the path and the reason.
   */
  async read(path: string): Promise<string> {
    if (this.#text !== undefined && await this.#isUnchanged(path)) return this.#text;
    const bytes = await readBytes(path);
    const text = decode(path, bytes);
    this.#bytes = bytes;
    return this.#text = text;
  }

  /** Returns the bytes of a new text, until the next call. {@linkcode keep} makes them what is known. */
  encode(text: string): Uint8Array {
    // Every UTF-16 unit becomes three bytes at most.
    const spare = this.#reserve(3 * text.length);
    return spare.subarray(0, new TextEncoder().encodeInto(text, spare).written);
  }

  /** Remembers a text that was written, with the bytes that {@linkcode encode} returned for it. */
  keep(text: string, bytes: Uint8Array): void {
    [this.#used, this.#spare] = [this.#spare, this.#used];
    this.#bytes = bytes;
    this.#text = text;
  }

  async #isUnchanged(path: string): Promise<boolean> {
    const { length } = this.#bytes;
    const spare = this.#reserve(length + 1);
    const file = await open(path).catch(() => undefined);
    if (file === undefined) return false; // Reading it as a whole names the reason.
    try {
      let found = 0;
      for (let count = 1; count > 0 && found <= length; found += count) {
        count = (await file.read(spare, found, length + 1 - found)).bytesRead;
      }
      return found === length && Buffer.compare(spare.subarray(0, length), this.#bytes) === 0;
    } catch {
      return false;
    } finally {
      await file.close();
    }
  }

  #reserve(length: number): Uint8Array {
    // Room for what a read and an encoding of the same file ask for.
    if (this.#spare.length < length) this.#spare = new Uint8Array(4 * length);
    return this.#spare;
  }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CliError(`Cannot read ${path}: ${reasonOf(error)}`);
  }
}

function decode(path: string, bytes: Buffer): string {
  const [first = 1, second = 1] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first * second === 0) {
    throw new CliError(`Cannot read ${path}: it is UTF-16, save it as UTF-8`);
  }
  if (isUtf8(bytes)) return bytes.toString("utf8");
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
