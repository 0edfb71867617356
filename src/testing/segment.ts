import type { WireCondition, WireSegment } from "../contract/wire.ts";

/**
 * Makes a segment of those for whom all these conditions hold.
 *
 * @param key The segment.
 * @param conditions Who belongs to it; with none, everybody.
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
