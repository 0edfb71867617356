import type { OptionRule } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { kindOf } from "../../errors/format.ts";
import type { SharedStore, SnapshotStore } from "../../shared-store/shared-store.ts";
import type { StoreContext } from "../../shared-store/snapshot-loader.ts";
import { createStoreLoader } from "../../shared-store/store-loader.ts";

/** The rule of option `prefix`, which all stores have. */
export const PREFIX: OptionRule<string> = ["featureflip:", "a string", (value) => typeof value === "string"];

/**
 * Makes a store of your own usable as option `store`.
 *
 * @param store Anything that keeps one text under a name; only `get` is required.
 * @throws {ConfigurationError} when one of its methods is not a function.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { sharedStore } from "@featureflip/sdk/stores";
 *
 * const table = new Map<string, string>(); // your database
 * const store = sharedStore({
 *   get: (name) => Promise.resolve(table.get(name) ?? null),
 *   async set(name, text) {
 *     table.set(name, text);
 *   },
 * });
 * const client = new FeatureflipClient({ sdkKey: "sdk-dev-abc123", mode: "manual", store });
 * await client.close();
 * ```
 */
export function sharedStore(store: SharedStore): SnapshotStore {
  for (const method of ["get", "set", "tryLock", "watch"] as const) {
    const value: unknown = store?.[method];
    if (typeof value === "function" || (value === undefined && method !== "get" && store !== undefined)) {
      continue;
    }
    throw new ConfigurationError(
      method,
      `Cannot make a shared store: '${method}' must be a function, but is ${kindOf(value)}`,
    );
  }
  // Each method is called on the store itself: it may be of a class with private fields.
  return {
    get: (name) => store.get(name),
    ...(store.set && { set: (name, text) => store.set!(name, text) }),
    ...(store.tryLock && { tryLock: (name, ttl) => store.tryLock!(name, ttl) }),
    ...(store.watch && { watch: (name, onChange) => store.watch!(name, onChange) }),
    "~open1": (context: StoreContext) => createStoreLoader(store, context),
  };
}
