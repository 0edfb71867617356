import { describe, expect, it } from "vitest";
import { cacheStore, durableObjectStore, kvStore } from "../../../../src/adapters/cloudflare/mod.ts";
import { denoKvStore } from "../../../../src/adapters/deno/mod.ts";
import { redisOverHttp, redisStore } from "../../../../src/adapters/redis/mod.ts";
import { fileStore, sharedStore } from "../../../../src/adapters/stores/mod.ts";
import { edgeConfigStore } from "../../../../src/adapters/vercel/mod.ts";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { ConfigurationError } from "../../../../src/errors/configuration-error.ts";
import type { SharedStore } from "../../../../src/shared-store/shared-store.ts";

/** A store whose methods need their object. */
class Table implements SharedStore {
  readonly #texts = new Map<string, string>();

  get(name: string): Promise<string | null> {
    return Promise.resolve(this.#texts.get(name) ?? null);
  }

  set(name: string, text: string): Promise<void> {
    this.#texts.set(name, text);
    return Promise.resolve();
  }
}

/** Calls a factory as JavaScript does, where no type stops a mistake. */
function calling(factory: unknown, ...args: readonly unknown[]): () => unknown {
  return () => (factory as (...args: readonly unknown[]) => unknown)(...args);
}

const NAMESPACE = { get() {}, put() {}, idFromName() {} };
const KV = { atomic() {} };
const send = (): void => {};

describe("every store (contract §7)", () => {
  it.each<[run: () => unknown, option: string, message: string]>([
    [calling(kvStore, undefined), "namespace", "must be a KV namespace, but is undefined: is the binding in"],
    [
      calling(kvStore, NAMESPACE, { cacheTTL: 60_000 }),
      "options",
      "unknown option 'cacheTTL'. Known options: prefix, cacheTtl",
    ],
    [
      calling(kvStore, NAMESPACE, { cacheTtl: 60 }),
      "cacheTtl",
      "must be 30,000 ms to 3,600,000 ms (an hour), but is 60",
    ],
    [calling(kvStore, NAMESPACE, { prefix: 7 }), "prefix", "'prefix' must be a string, but is 7"],
    [calling(kvStore, NAMESPACE, "flags:"), "options", "the options must be an object, but are a string"],
    [
      calling(durableObjectStore, undefined),
      "namespace",
      "must be a Durable Object namespace, but is undefined",
    ],
    [
      calling(durableObjectStore, NAMESPACE, { name: "x" }),
      "options",
      "unknown option 'name'. Known options: prefix",
    ],
    [calling(cacheStore, {}), "url", "'url' is missing, it must be an absolute http: or https: URL"],
    [calling(cacheStore, { url: "flags" }), "url", "must be an absolute http: or https: URL"],
    [calling(cacheStore, { url: "ftp://example.com/" }), "url", "must be an absolute http: or https: URL"],
    [calling(kvStore, NAMESPACE, { cacheTtl: "60000" }), "cacheTtl", "must be 30,000 ms"],
    [calling(kvStore, { get: NAMESPACE.get }), "namespace", "must be a KV namespace, but is an object"],
    [
      calling(durableObjectStore, { idFromName: String }),
      "namespace",
      "must be a Durable Object namespace, but is an object",
    ],
    [
      calling(edgeConfigStore, NAMESPACE, { write: { token: "t", id: "x", url: "vercel.com" } }),
      "url",
      "'url' must be an absolute http: or https: URL",
    ],
    [calling(redisStore, {}), "client", "a function that sends a command, but is an object"],
    [calling(redisStore, send, { key: "x" }), "options", "unknown option 'key'. Known options: prefix"],
    [
      calling(redisOverHttp, { url: "https://x", token: undefined }),
      "token",
      "'token' is missing, it must be a string",
    ],
    [
      calling(redisOverHttp, { url: "", token: "secret" }),
      "url",
      "'url' must be an absolute http: or https: URL",
    ],
    [
      calling(redisOverHttp, { url: "https://u", token: "t", fetch: 5 }),
      "fetch",
      "'fetch' must be a function, but is 5",
    ],
    [calling(denoKvStore, Promise.resolve(KV)), "kv", "must be a Deno KV, but is an object"],
    [calling(denoKvStore, KV, { prefix: ["a"] }), "prefix", "'prefix' must be a string"],
    [calling(edgeConfigStore, undefined), "client", "must have a function 'get', but is undefined"],
    [
      calling(edgeConfigStore, NAMESPACE, { write: "token" }),
      "write",
      "'write' must be an object with a token",
    ],
    [calling(edgeConfigStore, NAMESPACE, { write: {} }), "token", "'token' is missing"],
    [
      calling(edgeConfigStore, NAMESPACE, { write: { token: "t", team: "x" } }),
      "options",
      "unknown option 'team'",
    ],
    [calling(fileStore, undefined), "folder", "must be the path of a folder, but is undefined"],
    [
      calling(fileStore, "/tmp/flags", { key: "x" }),
      "options",
      "unknown option 'key'. Known options: prefix",
    ],
  ])("refuses a missing argument, a wrong value and an unknown option: %s, %s", (run, option, message) => {
    let error: unknown;
    try {
      run();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigurationError);
    const refusal = error as ConfigurationError;
    expect(refusal.option).toBe(option);
    expect(refusal.message).toContain(message);
    expect(refusal.message).not.toContain("secret");
  });
});

describe("sharedStore()", () => {
  it("has the abilities of the store it is given, and no others", async () => {
    const store = sharedStore(new Table());
    expect([typeof store.set, store.tryLock, store.watch]).toEqual(["function", undefined, undefined]);
    await store.set!("a", "text");
    expect([await store.get("a"), await store.get("b")]).toEqual(["text", null]);
    const all = sharedStore({ ...store, tryLock: () => Promise.resolve(null), watch: () => () => {} });
    expect([typeof all.tryLock, typeof all.watch]).toEqual(["function", "function"]);
  });

  it.each([undefined, null, {}, { get: 5 }, { get() {}, set: "no" }])("refuses %j", (store) => {
    expect(() => sharedStore(store as unknown as SharedStore)).toThrow(
      /^Cannot make a shared store: '(get|set)' must be a function, but is /,
    );
  });

  it("is what a client's option 'store' takes: a bare store is an error that says so", async () => {
    const options = { sdkKey: "sdk-bare-store", mode: "manual" } as const;
    const bare = new Table() as unknown as ReturnType<typeof sharedStore>;
    expect(() => new FeatureflipClient({ ...options, store: bare })).toThrow(ConfigurationError);
    expect(() => new FeatureflipClient({ ...options, store: bare })).toThrow(
      /sharedStore\(\) of @featureflip\/sdk\/stores/,
    );
    await new FeatureflipClient({ ...options, store: sharedStore(new Table()) }).close();
  });

  it("needs crypto.subtle (contract §8)", () => {
    const { crypto } = globalThis;
    Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true, writable: true });
    try {
      const store = sharedStore(new Table());
      expect(() => new FeatureflipClient({ sdkKey: "sdk-no-subtle", mode: "manual", store })).toThrow(
        /'store' needs crypto\.subtle/,
      );
    } finally {
      Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true, writable: true });
    }
  });
});
