import { mkdtempSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileStore, memoryStore } from "../../../../src/adapters/stores/mod.ts";
import { sharedStoreCases } from "../../../support/suites/shared-store.ts";

describe("memoryStore() (contract §8)", () => {
  const store = memoryStore();
  for (
    const { name, run } of sharedStoreCases({ open: () => store, abilities: ["set", "tryLock", "watch"] })
  ) {
    it(name, run);
  }
});

describe("fileStore() (contract §8)", () => {
  const folder = mkdtempSync(join(tmpdir(), "featureflip-store-"));
  const path = join(folder, "deep", "down", "flags");
  for (
    const { name, run } of sharedStoreCases({ open: () => fileStore(path), abilities: ["set", "tryLock"] })
  ) {
    it(name, run);
  }

  it("leaves nothing beside the file, which its owner alone can read", async () => {
    await fileStore(path).set!("x");
    expect(readdirSync(join(folder, "deep", "down"))).toEqual(["flags"]);
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it("gives an expired lock to one of many", async () => {
    const stores = Array.from({ length: 20 }, () => fileStore(path));
    for (let round = 0; round < 30; round++) {
      writeFileSync(`${path}.lock`, `${Date.now() - 1} of one that is gone`);
      const locks = await Promise.all(stores.map((store) => store.tryLock!(10_000)));
      const held = locks.filter((lock) => lock !== null);
      // None, where all who came first left it to one who was not done yet.
      expect(held.length).toBeLessThanOrEqual(1);
      if (held.length === 0) held.push((await stores[0]!.tryLock!(10_000))!);
      await held[0]!();
    }
  });

  it("does not keep a lock for ever that a clock set back has left in the future", async () => {
    writeFileSync(`${path}.lock`, `${Date.now() + 3_600_000} of another time`);
    const release = await fileStore(path).tryLock!(1000);
    expect(release).not.toBeNull();
    await release!();
  });

  it("rejects where it may not write", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(fileStore(join(folder, "file", "below")).set!("x")).rejects.toThrow();
  });
});
