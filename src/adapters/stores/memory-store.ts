import type { SharedStore } from "../../shared-store/shared-store.ts";

/**
 * Keeps a snapshot in memory: for clients with different settings in one process, and for tests.
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
export function memoryStore(): Required<SharedStore> {
  const listeners = new Set<() => void>();
  let text: string | null = null;
  let lock: { readonly until: number } | undefined;
  return {
    get: () => Promise.resolve(text),
    set(newText) {
      text = newText;
      for (const onChange of [...listeners]) onChange();
      return Promise.resolve();
    },
    tryLock(ttl) {
      const now = Date.now();
      if (lock !== undefined && lock.until > now) return Promise.resolve(null);
      const mine = lock = { until: now + ttl };
      return Promise.resolve(() => {
        if (lock === mine) lock = undefined;
        return Promise.resolve();
      });
    },
    watch(onChange) {
      const listener = (): void => onChange();
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
