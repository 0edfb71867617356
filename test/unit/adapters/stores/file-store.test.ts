import { mkdtempSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { fileStore } from "../../../../src/adapters/stores/mod.ts";
import type { SnapshotStore } from "../../../../src/shared-store/shared-store.ts";
import { sharedStoreCases } from "../../../support/suites/shared-store.ts";

/** Opens a store on a disk where a file can be made, and nothing can be written to it. */
function withFullDisk(open: () => SnapshotStore): SnapshotStore {
  const builtin = process.getBuiltinModule;
  const files = builtin("node:fs/promises");
  async function writeFile(path: string): Promise<void> {
    await files.writeFile(path, "");
    throw new Error("ENOSPC: no space left on device, write");
  }
  process.getBuiltinModule =
    ((name: string) =>
      name === "node:fs/promises" ? { ...files, writeFile } : builtin(name)) as typeof builtin;
  try {
    return open();
  } finally {
    process.getBuiltinModule = builtin;
  }
}

describe("fileStore() (contract §8)", () => {
  const folder = mkdtempSync(join(tmpdir(), "featureflip-store-"));
  const path = join(folder, "deep", "down");
  const lockPath = join(path, "featureflip-lock");
  for (
    const { name, run } of sharedStoreCases({ open: () => fileStore(path), abilities: ["set", "tryLock"] })
  ) {
    it(name, run);
  }

  it("leaves nothing beside the file, which its owner alone can read", async () => {
    const own = join(folder, "own");
    await fileStore(own).set!("{a}:flags", "x");
    expect(readdirSync(own)).toEqual(["featureflip-a-flags"]);
    expect(statSync(join(own, "featureflip-a-flags")).mode & 0o077).toBe(0);
  });

  it("gives an expired lock to one of many", async () => {
    const stores = Array.from({ length: 20 }, () => fileStore(path));
    for (let round = 0; round < 30; round++) {
      writeFileSync(lockPath, `${Date.now() - 1} of one that is gone`);
      const locks = await Promise.all(stores.map((store) => store.tryLock!("lock", 10_000)));
      const held = locks.filter((lock) => lock !== null);
      // None, where all who came first left it to one who was not done yet.
      expect(held.length).toBeLessThanOrEqual(1);
      if (held.length === 0) held.push((await stores[0]!.tryLock!("lock", 10_000))!);
      await held[0]!();
    }
  });

  it("does not honour a lock that ends after more than 60 s: its clock was set back since", async () => {
    writeFileSync(lockPath, `${Date.now() + 60_500} of another time`);
    const release = await fileStore(path).tryLock!("lock", 1000);
    expect(release).not.toBeNull();
    await release!();
  });

  it("leaves nothing behind on a full disk", async () => {
    const own = join(folder, "full");
    const store = withFullDisk(() => fileStore(own));
    await expect(store.tryLock!("{a}:lock", 1000)).rejects.toThrow("ENOSPC");
    await expect(store.set!("{a}:flags", "x")).rejects.toThrow("ENOSPC");
    expect(readdirSync(own)).toEqual([]);
  });

  it("rejects where it may not write", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(fileStore(join(folder, "file", "below")).set!("{a}:flags", "x")).rejects.toThrow();
  });
});
