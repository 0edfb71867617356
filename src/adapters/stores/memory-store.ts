import { MAX_LOCK_MS } from "../../contract/limits.ts";
import type { SharedStore, SnapshotStore } from "../../shared-store/shared-store.ts";
import { sharedStore } from "./shared-store.ts";

/**
 * Keeps snapshots in memory: for clients with different settings in one process, and for tests.
 *
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { memoryStore } from "@featureflip/sdk/stores";
 *
 * const client = new FeatureflipClient({ sdkKey: "sdk-dev-abc123", mode: "manual", store: memoryStore() });
 * await client.close();
 * ```
 */
export function memoryStore(): Required<SnapshotStore> {
  const texts = new Map<string, string>();
  const listeners = new Map<string, Set<() => void>>();
  const locks = new Map<string, { readonly until: number }>();
  const store: Required<SharedStore> = {
    get: (name) => Promise.resolve(texts.get(name) ?? null),
    set(name, text) {
      texts.set(name, text);
      for (const onChange of [...listeners.get(name) ?? []]) onChange();
      return Promise.resolve();
    },
    tryLock(name, ttl) {
      const left = (locks.get(name)?.until ?? 0) - Date.now();
      // A lock that ends later was made before the clock was set back.
      if (left > 0 && left <= MAX_LOCK_MS) return Promise.resolve(null);
      const lock = { until: Date.now() + Math.min(ttl, MAX_LOCK_MS) };
      locks.set(name, lock);
      return Promise.resolve(() => {
        if (locks.get(name) === lock) locks.delete(name);
        return Promise.resolve();
      });
    },
    watch(name, onChange) {
      const listener = (): void => onChange();
      const others = listeners.get(name) ?? new Set();
      listeners.set(name, others.add(listener));
      return () => {
        others.delete(listener);
        if (others.size === 0 && listeners.get(name) === others) listeners.delete(name);
      };
    },
  };
  return sharedStore(store) as Required<SnapshotStore>;
}
