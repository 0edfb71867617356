import { link, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { ReleaseLock, SharedStore } from "../../store/shared-store.ts";

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
  const ownPath = (): string => `${path}.${crypto.randomUUID()}`;

  /** Puts a lock that has expired aside; whoever moves it is the only one that does. */
  async function breakLock(expired: string): Promise<void> {
    const aside = ownPath();
    try {
      await rename(lockPath, aside);
    } catch (error) {
      return unlessMissing(error);
    }
    try {
      // Somebody may have been faster, and then this is their lock.
      if (await readFile(aside, "utf8") !== expired) await link(aside, lockPath).catch(() => {});
    } finally {
      await rm(aside, { force: true });
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
        const file = await open(aside, "wx", 0o600);
        try {
          await file.writeFile(text);
        } finally {
          await file.close();
        }
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
        // Further off than any lock is: the clock was set back since.
        if (until > now && until <= now + Math.max(ttl, LONGEST_LOCK_MS)) return null;
        await breakLock(held);
      }
      const content = `${now + ttl} ${crypto.randomUUID()}`;
      if (!await createLock(content)) return null;
      return async () => {
        if (await readIfThere(lockPath) === content) await rm(lockPath, { force: true });
      };
    },
  };
}

const LONGEST_LOCK_MS = 60_000;

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
