import { link, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { ReleaseLock, SharedStore } from "../../store/shared-store.ts";

/** No lock is held for longer; what claims to be was left by another clock. */
const LONGEST_LOCK_MS = 60_000;

/**
 * Keeps a snapshot in a file that several processes of one host share, on Node, Bun and Deno. It is replaced as a whole, is
 * readable by its owner alone, and its folder is made if it is missing. The lock is a file beside it.
 *
 * @param path Where the file is, or will be.
 * @example
 * ```ts ignore
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { fileStore } from "@featureflip/sdk/stores";
 *
 * const client = new FeatureflipClient({ store: fileStore("/var/cache/my-app/flags") });
 * ```
 */
export function fileStore(path: string): SharedStore {
  const lockPath = `${path}.lock`;
  const breakerPath = `${lockPath}.expired`;
  const ownPath = (): string => `${path}.${crypto.randomUUID()}`;

  /** Removes a lock that has expired. One at a time, or a slow one would remove the next holder's. */
  async function breakLock(expired: string): Promise<void> {
    try {
      await mkdir(breakerPath);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      const age = Date.now() - await stat(breakerPath).then(({ mtimeMs }) => mtimeMs, () => Date.now());
      // Whoever made it is gone.
      if (age > LONGEST_LOCK_MS) await rm(breakerPath, { recursive: true, force: true });
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
        if (until > now && until <= now + Math.max(ttl, LONGEST_LOCK_MS)) return null;
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

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    unlessMissing(error);
    return null;
  }
}

function unlessMissing(error: unknown): void {
  if (codeOf(error) !== "ENOENT") throw error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, "code") : undefined;
}
