import type { WireServe } from "../contract/wire.ts";

/** How a rollout picks. */
export interface RolloutOptions {
  /** The attribute that is hashed; the user id by default. */
  readonly bucketBy?: string | undefined;
  /** Makes each rollout split users in its own way; empty by default. */
  readonly salt?: string | undefined;
}

/** A percentage rollout over variations with these keys. */
export interface Rollout<Key extends string> extends WireServe {
  /** Always a rollout. */
  readonly type: "Rollout";
  /** The shares. */
  readonly variations: readonly { readonly key: Key; readonly weight: number }[];
}

/**
 * Splits users over variations (contract §3.6).
 *
 * @param weights Each variation's share in percent.
 * @param options What is hashed.
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
  const keys = Object.keys(weights) as Key[];
  return { type: "Rollout", variations: keys.map((key) => ({ key, weight: weights[key] })), ...options };
}
