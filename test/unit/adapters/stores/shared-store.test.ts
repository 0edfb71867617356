import { describe, expect, it } from "vitest";
import { sharedStore } from "../../../../src/adapters/stores/mod.ts";
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
