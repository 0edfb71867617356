import { readFile } from "node:fs/promises";
import { CliError } from "./cli-error.ts";

/**
 * Reads a text file, without the mark that some editors begin it with.
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

/** What a system call failed for, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return REASONS[String(code)] ?? String(message);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EISDIR: "it is a folder",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of the path is no folder",
  EPERM: "permission is denied",
  EROFS: "the disk can only be read",
};
