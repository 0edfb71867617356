import { MAX_LOCK_MS } from "../../contract/limits.ts";
import { checkOptions } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { kindOf } from "../../errors/format.ts";
import type { HostGlobals } from "../../runtime/host-globals.ts";
import type { ReleaseLock, SnapshotStore } from "../../shared-store/shared-store.ts";
import { PREFIX, sharedStore } from "./shared-store.ts";

/** Options of {@linkcode fileStore}. */
export interface FileStoreOptions {
  /** The beginning of all file names; `"featureflip:"` by default. Characters that are special in file names become `-`. */
  readonly prefix?: string | undefined;
}

/**
 * Keeps snapshots in a folder that several processes of one host share, on Node, Bun and Deno. A file is replaced as a whole
 * and readable by its owner alone, and the folder is made if it is missing. A lock is a file beside it.
 *
 * @param folder The folder for the files.
 * @throws {ConfigurationError} when `folder` is not a path, or an option is wrong or unknown.
 * @throws {TypeError} on runtimes without files.
 * @example
 * ```ts ignore
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { fileStore } from "@featureflip/sdk/stores";
 *
 * const client = new FeatureflipClient({ store: fileStore("/var/cache/my-app") });
 * ```
 */
export function fileStore(
  folder: string,
  options: FileStoreOptions = {},
): SnapshotStore {
  if (typeof folder !== "string" || folder === "") {
    throw new ConfigurationError(
      "folder",
      `Cannot use fileStore(): 'folder' must be the path of a folder, but is ${kindOf(folder)}`,
    );
  }
  const { prefix } = checkOptions("use fileStore()", options, { prefix: PREFIX });
  const { link, mkdir, readFile, rename, rm, stat, writeFile } = builtin<typeof import("node:fs/promises")>(
    "node:fs/promises",
  );
  const { join } = builtin<typeof import("node:path")>("node:path");
  // Braces and colons are not allowed in file names everywhere.
  const pathOf = (name: string): string => join(folder, `${prefix}${name}`.replace(/[^\w.-]+/g, "-"));
  const ownPath = (path: string): string => `${path}.${crypto.randomUUID()}`;

  async function readIfThere(file: string): Promise<string | null> {
    try {
      return await readFile(file, "utf8");
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      return null;
    }
  }

  /** Removes an expired lock. Only one process at a time may do so, or a slow one would remove the next holder's. */
  async function breakLock(lockPath: string, expired: string): Promise<void> {
    const breakerPath = `${lockPath}.expired`;
    try {
      await mkdir(breakerPath);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      const age = Date.now() - await stat(breakerPath).then(({ mtimeMs }) => mtimeMs, () => Date.now());
      // The process that made it has ended.
      if (age > MAX_LOCK_MS) await rm(breakerPath, { recursive: true, force: true });
      return;
    }
    try {
      if (await readIfThere(lockPath) === expired) await rm(lockPath, { force: true });
    } finally {
      await rm(breakerPath, { recursive: true, force: true });
    }
  }

  async function createLock(lockPath: string, content: string): Promise<boolean> {
    const aside = ownPath(lockPath);
    try {
      await writeFile(aside, content, { mode: 0o600 });
      // Linked when it is whole: an empty lock would look like one that has expired.
      await link(aside, lockPath);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    } finally {
      await rm(aside, { force: true });
    }
  }

  return sharedStore({
    get: (name) => readIfThere(pathOf(name)),
    async set(name, text) {
      await mkdir(folder, { recursive: true });
      const path = pathOf(name);
      const aside = ownPath(path);
      try {
        await writeFile(aside, text, { mode: 0o600 });
        await rename(aside, path);
      } catch (error) {
        await rm(aside, { force: true });
        throw error;
      }
    },
    async tryLock(name, ttl): Promise<ReleaseLock | null> {
      await mkdir(folder, { recursive: true });
      const lockPath = pathOf(name);
      const held = await readIfThere(lockPath);
      const now = Date.now();
      if (held !== null) {
        const until = Number.parseInt(held, 10);
        if (until > now && until <= now + MAX_LOCK_MS) return null;
        await breakLock(lockPath, held);
      }
      const content = `${now + Math.min(ttl, MAX_LOCK_MS)} ${crypto.randomUUID()}`;
      if (!await createLock(lockPath, content)) return null;
      return async () => {
        // An expired lock is removed by others.
        if (now + ttl <= Date.now()) return;
        if (await readIfThere(lockPath) === content) await rm(lockPath, { force: true });
      };
    },
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, "code") : undefined;
}

/** A module of Node, which Bun and Deno have too. With an import, `memoryStore` could not be bundled for the edge. */
function builtin<Module>(name: string): Module {
  const found = (globalThis as HostGlobals).process?.getBuiltinModule?.(name);
  if (found === undefined) throw new TypeError(`Cannot use fileStore(): this runtime has no ${name}`);
  return found as Module;
}
