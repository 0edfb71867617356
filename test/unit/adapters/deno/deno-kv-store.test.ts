import { describe, expect, it } from "vitest";
import { denoKvStore } from "../../../../src/adapters/deno/mod.ts";
import type { DenoKvAtomicLike, DenoKvLike } from "../../../../src/adapters/deno/mod.ts";
import { sharedStoreCases } from "../../../support/suites/shared-store.ts";

type Key = readonly (string | number)[];

/** Deno KV in memory. */
function createKv() {
  const entries = new Map<string, { value: unknown; versionstamp: string }>();
  const watchers = new Map<string, Set<ReadableStreamDefaultController<unknown>>>();
  let version = 0;
  const text = (key: Key): string => JSON.stringify(key);
  const read = (key: Key) => ({ key, ...entries.get(text(key)) ?? { value: null, versionstamp: null } });
  function atomic(): DenoKvAtomicLike {
    const checks: (() => boolean)[] = [];
    const changes: (() => void)[] = [];
    const stamp = String(++version).padStart(8, "0");
    const operation: DenoKvAtomicLike = {
      check({ key, versionstamp }) {
        checks.push(() => read(key).versionstamp === versionstamp);
        return operation;
      },
      set(key, value) {
        changes.push(() => {
          entries.set(text(key), { value, versionstamp: stamp });
          for (const controller of watchers.get(text(key)) ?? []) controller.enqueue([value]);
        });
        return operation;
      },
      delete(key) {
        changes.push(() => void entries.delete(text(key)));
        return operation;
      },
      commit() {
        if (!checks.every((isSo) => isSo())) return Promise.resolve({ ok: false });
        for (const change of changes) change();
        return Promise.resolve({ ok: true, versionstamp: stamp });
      },
    };
    return operation;
  }
  const kv: DenoKvLike = {
    get: (key) => Promise.resolve(read(key)),
    async *list({ prefix, start, end }) {
      for (const key of [...entries.keys()].map((key) => JSON.parse(key) as Key)) {
        // Versions are the third part, and only they are compared.
        const [, , version = ""] = key;
        if (text(key.slice(0, prefix.length)) !== text(prefix)) continue;
        if ((start === undefined || version >= start[2]!) && (end === undefined || version < end[2]!)) {
          yield read(key);
        }
      }
    },
    atomic,
    watch([key]) {
      let own: ReadableStreamDefaultController<unknown>;
      return new ReadableStream({
        start(controller) {
          own = controller;
          controller.enqueue([read(key).value]);
          watchers.set(text(key), (watchers.get(text(key)) ?? new Set()).add(controller));
        },
        cancel: () => void watchers.get(text(key))?.delete(own),
      });
    },
  };
  return { kv, entries };
}

describe("denoKvStore() (contract §8)", () => {
  const { kv } = createKv();
  const open = () => denoKvStore(kv);
  for (const { name, run } of sharedStoreCases({ open, abilities: ["set", "tryLock", "watch"] })) {
    it(name, run);
  }

  it("leaves the chunks of the last snapshot only, under its prefix", async () => {
    const { kv, entries } = createKv();
    const store = denoKvStore(kv, { prefix: "mine:" });
    await store.set!("flags", "x".repeat(150_000));
    await store.set!("flags", "x".repeat(70_000));
    expect(entries.size).toBe(3);
    expect([...entries.keys()].every((key) => key.startsWith(`["mine:flags",`))).toBe(true);
  });

  it("deletes the chunks of writers that were killed in mid-write, with the next good write", async () => {
    const { kv, entries } = createKv();
    const store = denoKvStore(kv);
    await store.set!("flags", "x".repeat(70_000));
    const killed = {
      ...kv,
      atomic: () => Object.assign(kv.atomic(), { check: () => new Promise(() => {}) }),
    };
    for (let writer = 0; writer < 5; writer++) {
      void denoKvStore(killed as unknown as DenoKvLike).set!("flags", "y".repeat(5_000_000)).catch(() => {});
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(entries.size).toBeGreaterThan(300);
    expect(await store.get("flags")).toBe("x".repeat(70_000));
    await store.set!("flags", "z".repeat(70_000));
    expect(entries.size).toBe(3);
    expect(await store.get("flags")).toBe("z".repeat(70_000));
  });

  it("says that a chunk is missing, and gives up its own chunks where another writes at the same time", async () => {
    const { kv, entries } = createKv();
    const store = denoKvStore(kv);
    await Promise.all(["a", "b", "c"].map((letter) => store.set!("flags", letter.repeat(100_000))));
    expect(entries.size).toBe(3);
    entries.delete([...entries.keys()].find((key) => key.includes("chunk"))!);
    await expect(store.get("flags")).rejects.toThrow("A chunk of the snapshot is missing");
  });

  it("does not honour a lock that ends after more than 60 s: its clock was set back since", async () => {
    const { kv } = createKv();
    await kv.atomic().set(["featureflip:lock"], Date.now() + 61_000).commit();
    expect(await denoKvStore(kv).tryLock!("lock", 1000)).not.toBeNull();
  });

  it("refuses what is not a Deno KV", () => {
    expect(() => denoKvStore(Promise.resolve() as unknown as DenoKvLike)).toThrow(/'await Deno\.openKv\(\)'/);
  });
});
