import { describe, expect, it } from "vitest";
import { durableObjectStore, SnapshotObject } from "../../../../src/adapters/cloudflare/mod.ts";
import type {
  DurableObjectNamespaceLike,
  DurableStorageLike,
} from "../../../../src/adapters/cloudflare/mod.ts";
import { sharedStoreCases } from "../../../support/suites/shared-store.ts";

/** The storage of one object, in memory. */
function createStorage(written: string[] = []): DurableStorageLike {
  const values = new Map<string, unknown>();
  const storage = {
    get: (keys: string | string[]) =>
      Promise.resolve(
        typeof keys === "string" ? values.get(keys) : new Map(keys.map((key) => [key, values.get(key)])),
      ),
    put: (entries: Record<string, unknown>) => {
      for (const [key, value] of Object.entries(entries)) values.set(key, value);
      written.push(...Object.keys(entries));
      return Promise.resolve();
    },
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
  const written: string[] = [];
  const storage = createStorage(written);
  const traffic = { bytes: 0 };
  const namespace: DurableObjectNamespaceLike<string> = {
    idFromName: (name) => name,
    get: (id) => {
      const object = objects.get(id) ?? new SnapshotObject({ storage });
      objects.set(id, object);
      return {
        async fetch(url, init) {
          const response = await object.fetch(new Request(url, init));
          const text = await response.text();
          traffic.bytes += String(init?.body ?? "").length + text.length;
          return new Response(response.status === 204 ? null : text, response);
        },
      };
    },
  };
  return { namespace, objects, written, traffic };
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

  it("moves and writes the first line alone while the body stays the same", async () => {
    const { namespace, objects, written, traffic } = createNamespace();
    const [writer, reader] = [durableObjectStore(namespace), durableObjectStore(namespace)];
    const body = `\n${"x".repeat(200_000)}`;
    await writer.set!("a", `1${body}`);
    expect(await reader.get("a")).toBe(`1${body}`);
    expect(written).toHaveLength(5);
    written.length = traffic.bytes = 0;
    for (let line = 2; line < 10; line++) {
      await writer.set!("a", `${line}${body}`);
      expect(await reader.get("a")).toBe(`${line}${body}`);
      expect(await writer.get("a")).toBe(`${line}${body}`);
    }
    expect(written).toHaveLength(8);
    expect(traffic.bytes).toBeLessThan(200);
    objects.clear(); // the object is evicted, and reads its storage
    expect(await reader.get("a")).toBe(`9${body}`);
    expect(await durableObjectStore(namespace).get("a")).toBe(`9${body}`);
  });

  it("never joins a line to another body, whoever wrote last", async () => {
    const { namespace } = createNamespace();
    const [one, other] = [durableObjectStore(namespace), durableObjectStore(namespace)];
    await one.set!("a", "1\nbody");
    await other.set!("a", "2\nanother");
    await one.set!("a", "3\nbody");
    expect(await other.get("a")).toBe("3\nbody");
    await other.set!("a", "4");
    expect(await one.get("a")).toBe("4");
    expect(await one.get("b")).toBeNull();
    await one.set!("b", "5\n");
    expect([await other.get("a"), await other.get("b")]).toEqual(["4", "5\n"]);
  });

  it("writes a whole snapshot after a write that failed", async () => {
    const { namespace } = createNamespace();
    let fails = false;
    const store = durableObjectStore({
      ...namespace,
      get: (id) => ({
        fetch: (url, init) =>
          fails
            ? Promise.resolve(new Response("Unknown request", { status: 400 }))
            : namespace.get(id).fetch(url, init),
      }),
    });
    await store.set!("a", "1\nbody");
    fails = true;
    await expect(store.set!("a", "2\nbody")).rejects.toThrow("Unknown request");
    fails = false;
    await store.set!("a", "3\nbody");
    expect(await store.get("a")).toBe("3\nbody");
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
