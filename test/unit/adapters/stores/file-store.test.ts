import { mkdtempSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileStore } from "../../../../src/adapters/stores/mod.ts";
import { sharedStoreCases } from "../../../support/suites/shared-store.ts";

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

  it("rejects where it may not write", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(fileStore(join(folder, "file", "below")).set!("{a}:flags", "x")).rejects.toThrow();
  });
});
