import { Buffer, isUtf8 } from "node:buffer";
import { lstat, mkdir, open, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Scheduler } from "../runtime/scheduler.ts";
import { CliError } from "./terminal.ts";

/** A lock that is older than this was left behind by a process that was killed, in ms. A save takes a few. */
const LOCK_TIMEOUT_MS = 3_000;

/** How often a lock that another process holds is tried, in ms. */
const LOCK_POLL_MS = 10;

/** Failed system calls in words, by their code. */
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

/** Options of {@linkcode replaceFile}. */
export interface ReplaceOptions {
  /** Asked last before the new text takes effect; `false` keeps the old one. */
  readonly mayReplace?: () => Promise<boolean>;
}

/**
 * Replaces a file: readers see the old text or the new one, also when the process is killed at any moment. The text is
 * written to a sibling, which is renamed over the file; a symbolic link stays, and so do the file's permissions.
 *
 * A file that cannot be renamed over, such as one that is mounted into a container, is written in place.
 *
 * @returns Whether it was replaced.
 * @throws {CliError} naming the path and the reason.
 */
export async function replaceFile(
  path: string,
  text: string | Uint8Array,
  options: ReplaceOptions = {},
): Promise<boolean> {
  const { mayReplace = () => Promise.resolve(true) } = options;
  let temporary: string | undefined;
  try {
    const target = await resolvePath(path);
    const mode = await stat(target).then(({ mode }) => mode & 0o777, () => undefined);
    if (mode === undefined) await mkdir(dirname(target), { recursive: true });
    temporary = siblingOf(target, `${crypto.randomUUID()}.tmp`);
    try {
      await writeFile(temporary, text, { flag: "wx", mode: mode ?? 0o666 });
    } catch (error) {
      if (mode === undefined || !isOneOf(error, "EACCES", "EPERM", "EROFS")) throw error;
      // The folder is read-only, the file may not be.
      temporary = undefined;
    }
    if (!await mayReplace()) return false;
    try {
      if (temporary !== undefined) {
        await rename(temporary, target);
        temporary = undefined;
        return true;
      }
    } catch (error) {
      if (!isOneOf(error, "EBUSY", "EXDEV", "EPERM", "EACCES")) throw error;
    }
    await writeFile(target, text);
    return true;
  } catch (error) {
    throw isNotCapable(error) ? error : new CliError(`Cannot write ${path}: ${reasonOf(error)}`);
  } finally {
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => {});
  }
}

/**
 * Runs a task while no other process that asks for the same lock does: two `featureflip dev` may serve one file. The lock
 * is a sibling of the file, which a process that is killed leaves behind for three seconds.
 */
export async function withFileLock<T>(
  path: string,
  scheduler: Scheduler,
  task: () => Promise<T>,
): Promise<T> {
  const lock = siblingOf(await resolvePath(path).catch(() => path), "lock");
  const token = crypto.randomUUID();
  const isLocked = await takeLock(lock, token, scheduler);
  try {
    return await task();
  } finally {
    if (isLocked && await readFile(lock, "utf8").catch(() => "") === token) {
      await rm(lock, { force: true }).catch(() => {});
    }
  }
}

/** Returns the reason of a failed system call in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return REASONS[String(code)] ?? String(message);
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

/** Returns whether the lock was taken; `false` where no lock can be created, such as in a read-only folder. */
async function takeLock(lock: string, token: string, scheduler: Scheduler): Promise<boolean> {
  for (;;) {
    try {
      const file = await open(lock, "wx");
      try {
        await file.writeFile(token);
      } finally {
        await file.close();
      }
      return true;
    } catch (error) {
      if (!isOneOf(error, "EEXIST")) return false;
    }
    const found = await stat(lock).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > LOCK_TIMEOUT_MS) {
      await rm(lock, { force: true }).catch(() => {});
    } else {
      await new Promise<void>((resolve) => scheduler.after(LOCK_POLL_MS, resolve));
    }
  }
}

/** Returns the path that symbolic links lead to, also when the last one leads to a file that does not exist yet. */
async function resolvePath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isOneOf(error, "ENOENT") || (await lstat(path).catch(() => undefined))?.isSymbolicLink()) {
      throw error;
    }
    return path;
  }
}

function siblingOf(path: string, suffix: string): string {
  return join(dirname(path), `.${basename(path)}.${suffix}`);
}

function isOneOf(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(String((error as { readonly code?: unknown }).code));
}

/** Whether Deno denied a permission: its own message says how to grant it. */
function isNotCapable(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable";
}
