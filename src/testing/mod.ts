/**
 * Builders of whole flags for tests of targeting: rules, segments, rollouts, prerequisites. The results can be used wherever
 * a snapshot can: in `bootstrap`, or in a local Evaluation API. When only the value matters,
 * `FeatureflipClient.forTesting` of the main entry is shorter.
 *
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { flag, where } from "@featureflip/sdk/testing";
 *
 * const darkMode = flag("dark-mode").when(where("plan", "Equals", "pro"), "on");
 * const client = new FeatureflipClient({ mode: "offline", bootstrap: { flags: [darkMode], segments: [] } });
 * console.log(client.boolVariation("dark-mode", { plan: "pro" }, false)); // true
 * await client.close();
 * ```
 *
 * @module
 */
export { not, where } from "./condition.ts";
export { flag } from "./flag.ts";
export type { FlagBuilder, Serve } from "./flag.ts";
export { rollout } from "./rollout.ts";
export type { Rollout, RolloutOptions } from "./rollout.ts";
export { segment } from "./condition.ts";
export type {
  Operator,
  WireCondition,
  WireConditionGroup,
  WireFlag,
  WirePrerequisite,
  WireRule,
  WireSegment,
  WireServe,
  WireVariation,
  WireWeightedVariation,
} from "../contract/wire.ts";
