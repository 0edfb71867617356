import type { WireServe } from "../contract/wire.ts";

/** Options of a rollout. */
export interface RolloutOptions {
  /** The attribute to hash; the user id by default. */
  readonly bucketBy?: string | undefined;
  /** Hashed with the attribute, so that rollouts split users independently; empty by default. */
  readonly salt?: string | undefined;
}

/** A percentage rollout over variations with these keys. */
export interface Rollout<Key extends string> extends WireServe {
  /** Always `"Rollout"`. */
  readonly type: "Rollout";
  /** The weighted variations. */
  readonly variations: readonly { readonly key: Key; readonly weight: number }[];
}

/**
 * Splits users over variations (contract §3.6).
 *
 * @param weights The weight of each variation in percent.
 * @param options The attribute and salt to hash.
 * @throws {TypeError} when an option has another name: in a test, a misspelled salt is a mistake.
 * @example
 * ```ts
 * import { flag, rollout } from "@featureflip/sdk/testing";
 *
 * const tier = flag("pricing-tier", { free: "free", pro: "pro" }).otherwise(rollout({ free: 80, pro: 20 }));
 * console.log(tier.fallthrough.type); // "Rollout"
 * ```
 */
export function rollout<Key extends string>(
  weights: Readonly<Record<Key, number>>,
  options: RolloutOptions = {},
): Rollout<Key> {
  const unknown = Object.keys(options ?? {}).find((name) => name !== "bucketBy" && name !== "salt");
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot use rollout(): unknown option ${JSON.stringify(unknown)}. Known options: bucketBy, salt`,
    );
  }
  const keys = Object.keys(weights) as Key[];
  return { type: "Rollout", variations: keys.map((key) => ({ key, weight: weights[key] })), ...options };
}
