import type { WireCondition, WireSegment } from "../contract/wire.ts";

/**
 * Creates a segment of the contexts that match all conditions.
 *
 * @param key The segment's key.
 * @param conditions The conditions; without any, every context belongs to it.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { flag, segment, where } from "@featureflip/sdk/testing";
 *
 * const staff = segment("staff", where("email", "EndsWith", "@example.com"));
 * const beta = flag("beta").whenSegment("staff", "on");
 * const client = new FeatureflipClient({ mode: "offline", bootstrap: { flags: [beta], segments: [staff] } });
 * console.log(client.variation("beta", { email: "ada@example.com" }, false)); // true
 * await client.close();
 * ```
 */
export function segment(key: string, ...conditions: readonly WireCondition[]): WireSegment {
  return { key, version: 1, conditionLogic: "And", conditions };
}
