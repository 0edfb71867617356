import { checkOptions } from "../../errors/check-option.ts";
import type { OptionRule } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { kindOf } from "../../errors/format.ts";
import type { SnapshotStore } from "../../shared-store/shared-store.ts";
import { PREFIX, sharedStore } from "../stores/shared-store.ts";

/** The part of a KV namespace that a store needs. */
export interface KvNamespaceLike {
  /** Reads a text. */
  get(key: string, options: { type: "text"; cacheTtl: number }): Promise<string | null>;
  /** Writes a text. */
  put(key: string, value: string): Promise<void>;
}

/** Options of {@linkcode kvStore}. */
export interface KvStoreOptions {
  /** The beginning of all keys; `"featureflip:"` by default. */
  readonly prefix?: string | undefined;
  /** How long a data centre may answer from its cache, in ms; 30,000 by default, which is the least that KV accepts. */
  readonly cacheTtl?: number | undefined;
}

/** The least that KV accepts. */
const MIN_CACHE_TTL_MS = 30_000;

/** An hour: what is larger was meant to be seconds, and would delay a kill switch. */
const MAX_CACHE_TTL_MS = 3_600_000;

const CACHE_TTL: OptionRule<number> = [
  MIN_CACHE_TTL_MS,
  "30,000 ms to 3,600,000 ms (an hour)",
  (value) => typeof value === "number" && value >= MIN_CACHE_TTL_MS && value <= MAX_CACHE_TTL_MS,
];

/**
 * Keeps snapshots in Cloudflare KV. KV can't lock, takes one write a second, and shows a change elsewhere after a minute or
 * more: let a Cron trigger write (`await client.refresh()`), then no request ever asks the service (contract §8).
 *
 * @throws {ConfigurationError} when the binding is missing, `cacheTtl` is less than 30,000 ms, or an option is wrong or unknown.
 *
 * @example
 * ```ts ignore
 * import { env, waitUntil } from "cloudflare:workers";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { kvStore } from "@featureflip/sdk/cloudflare";
 *
 * const client = new FeatureflipClient({ sdkKey: env.FEATUREFLIP_SDK_KEY, store: kvStore(env.FLAGS), waitUntil });
 *
 * export default {
 *   async scheduled() {
 *     await client.refresh();
 *   },
 * };
 * ```
 */
export function kvStore(
  namespace: KvNamespaceLike,
  options: KvStoreOptions = {},
): SnapshotStore {
  if (typeof namespace?.get !== "function" || typeof namespace.put !== "function") {
    throw new ConfigurationError(
      "namespace",
      `Cannot use kvStore(): 'namespace' must be a KV namespace, but is ${kindOf(namespace)}: ` +
        "is the binding in wrangler's configuration?",
    );
  }
  const { prefix, cacheTtl } = checkOptions("use kvStore()", options, {
    prefix: PREFIX,
    cacheTtl: CACHE_TTL,
  });
  return sharedStore({
    get: (name) => namespace.get(prefix + name, { type: "text", cacheTtl: Math.round(cacheTtl / 1000) }),
    set: (name, text) => namespace.put(prefix + name, text),
  });
}
