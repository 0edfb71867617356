import { lstat, mkdir, open, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Scheduler } from "../runtime/scheduler.ts";
import { reasonOf } from "./read-file-text.ts";
import { CliError } from "./terminal.ts";

/** Options of {@linkcode replaceFile}. */
export interface ReplaceOptions {
  /** Asked last before the new text takes effect; `false` keeps the old one. */
  readonly mayReplace?: () => Promise<boolean>;
}

/** A lock that is older than this was left behind by a process that was killed, in ms. A save takes a few. */
const LOCK_TIMEOUT_MS = 3_000;

/** How often a lock that another process holds is tried, in ms. */
const LOCK_POLL_MS = 10;

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
