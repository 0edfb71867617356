import { MAX_LOCK_MS } from "../../contract/limits.ts";
import type { HostGlobals } from "../../runtime/host-globals.ts";
import type { ReleaseLock, SharedStore } from "../../shared-store/shared-store.ts";

/**
 * Keeps a snapshot in a file that several processes of one host share, on Node, Bun and Deno. It is replaced as a whole, is
 * readable by its owner alone, and its folder is made if it is missing. The lock is a file beside it.
 *
 * @param path Where the file is, or will be.
 * @throws {TypeError} where there are no files.
 * @example
 * ```ts ignore
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { fileStore } from "@featureflip/sdk/stores";
 *
 * const client = new FeatureflipClient({ store: fileStore("/var/cache/my-app/flags") });
 * ```
 */
export function fileStore(path: string): SharedStore {
  const { link, mkdir, readFile, rename, rm, stat, writeFile } = builtin<typeof import("node:fs/promises")>(
    "node:fs/promises",
  );
  const { dirname } = builtin<typeof import("node:path")>("node:path");
  const lockPath = `${path}.lock`;
  const breakerPath = `${lockPath}.expired`;
  const ownPath = (): string => `${path}.${crypto.randomUUID()}`;

  async function readIfThere(file: string): Promise<string | null> {
    try {
      return await readFile(file, "utf8");
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      return null;
    }
  }

  /** Removes a lock that has expired. One at a time, or a slow one would remove the next holder's. */
  async function breakLock(expired: string): Promise<void> {
    try {
      await mkdir(breakerPath);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      const age = Date.now() - await stat(breakerPath).then(({ mtimeMs }) => mtimeMs, () => Date.now());
      // Whoever made it is gone.
      if (age > MAX_LOCK_MS) await rm(breakerPath, { recursive: true, force: true });
      return;
    }
    try {
      if (await readIfThere(lockPath) === expired) await rm(lockPath, { force: true });
    } finally {
      await rm(breakerPath, { recursive: true, force: true });
    }
  }

  async function createLock(content: string): Promise<boolean> {
    const aside = ownPath();
    await writeFile(aside, content, { mode: 0o600 });
    try {
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

  return {
    get: () => readIfThere(path),
    async set(text) {
      await mkdir(dirname(path), { recursive: true });
      const aside = ownPath();
      try {
        await writeFile(aside, text, { mode: 0o600 });
        await rename(aside, path);
      } catch (error) {
        await rm(aside, { force: true });
        throw error;
      }
    },
    async tryLock(ttl): Promise<ReleaseLock | null> {
      await mkdir(dirname(path), { recursive: true });
      const held = await readIfThere(lockPath);
      const now = Date.now();
      if (held !== null) {
        const until = Number.parseInt(held, 10);
        if (until > now && until <= now + Math.max(ttl, MAX_LOCK_MS)) return null;
        await breakLock(held);
      }
      const content = `${now + ttl} ${crypto.randomUUID()}`;
      if (!await createLock(content)) return null;
      return async () => {
        // One that has expired is for others to remove.
        if (now + ttl <= Date.now()) return;
        if (await readIfThere(lockPath) === content) await rm(lockPath, { force: true });
      };
    },
  };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, "code") : undefined;
}

/** A module of Node's, as Bun and Deno have it too. An import would keep `memoryStore` out of a bundle for the edge. */
function builtin<Module>(name: string): Module {
  const found = (globalThis as HostGlobals).process?.getBuiltinModule?.(name);
  if (found === undefined) throw new TypeError(`There is no ${name} here, and so there are no files`);
  return found as Module;
}
