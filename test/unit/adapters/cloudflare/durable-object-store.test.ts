import { describe, expect, it } from "vitest";
import { durableObjectStore, SnapshotObject } from "../../../../src/adapters/cloudflare/mod.ts";
import type {
  DurableObjectNamespaceLike,
  DurableStorageLike,
} from "../../../../src/adapters/cloudflare/mod.ts";
import { sharedStoreCases } from "../../../support/suites/shared-store.ts";

/** The storage of one object, in memory. */
function createStorage(): DurableStorageLike {
  const values = new Map<string, unknown>();
  const storage = {
    get: (keys: string | string[]) =>
      Promise.resolve(
        typeof keys === "string" ? values.get(keys) : new Map(keys.map((key) => [key, values.get(key)])),
      ),
    put: (entries: Record<string, unknown>) =>
      Promise.resolve(void Object.entries(entries).forEach(([key, value]) => values.set(key, value))),
    delete: (keys: string[]) => Promise.resolve(keys.filter((key) => values.delete(key)).length),
    getAlarm: () => Promise.resolve(null),
    setAlarm: () => Promise.resolve(),
    transaction: <T>(run: (inner: DurableStorageLike) => Promise<T>) => run(storage as DurableStorageLike),
  };
  return storage as DurableStorageLike;
}

/** A namespace whose objects live in this process. */
function createNamespace() {
  const objects = new Map<string, SnapshotObject>();
  const namespace: DurableObjectNamespaceLike<string> = {
    idFromName: (name) => name,
    get: (id) => {
      const object = objects.get(id) ?? new SnapshotObject({ storage: createStorage() });
      objects.set(id, object);
      return { fetch: (url, init) => object.fetch(new Request(url, init)) };
    },
  };
  return { namespace, objects };
}

describe("durableObjectStore() on a SnapshotObject (contract §8)", () => {
  const { namespace } = createNamespace();
  const open = () => durableObjectStore(namespace);
  for (const { name, run } of sharedStoreCases({ open, abilities: ["set", "tryLock"] })) it(name, run);

  it("keeps all names in one object, which its prefix names", async () => {
    const { namespace, objects } = createNamespace();
    const store = durableObjectStore(namespace);
    await store.set!("a", "1");
    await store.tryLock!("b", 1000);
    await durableObjectStore(namespace, { prefix: "mine:" }).get("a");
    expect([...objects.keys()]).toEqual(["featureflip:", "mine:"]);
  });

  it("lets no lock last longer than 60 s, nor outlast a clock that is set back", async () => {
    const { now } = Date;
    let time = 10_000_000;
    Date.now = () => time;
    try {
      const store = durableObjectStore(createNamespace().namespace);
      await store.tryLock!("lock", 3_600_000);
      time += 59_999;
      expect(await store.tryLock!("lock", 1000)).toBeNull();
      time += 1;
      expect(await store.tryLock!("lock", 4000)).not.toBeNull();
      time -= 600_000;
      expect(await store.tryLock!("lock", 4000)).not.toBeNull();
    } finally {
      Date.now = now;
    }
  });

  it("rejects what the object refuses, with its answer", async () => {
    const { namespace } = createNamespace();
    const store = durableObjectStore(namespace);
    await expect(store.set!("a", "x".repeat(32 * 2 ** 20 + 8193))).rejects.toThrow(
      "Durable Object answered 413: Too large",
    );
    await expect(store.tryLock!("a", 0)).rejects.toThrow(
      "Durable Object answered 400: Missing parameter: ttl",
    );
  });

  it("names the binding that is missing", () => {
    const missing = undefined as unknown as DurableObjectNamespaceLike;
    expect(() => durableObjectStore(missing)).toThrow(/is the binding in wrangler/);
  });
});
