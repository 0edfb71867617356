import { conditionalFlag, fixed, wireFlag, wireSegment, wireSnapshot } from "./wire.ts";
import type { WireFlag, WireSnapshot } from "./wire.ts";

/** A flag that serves one value to everybody. */
function serving(key: string, value: unknown, rest: Partial<WireFlag> = {}): WireFlag {
  return wireFlag(key, {
    variations: [{ key: "v", value }],
    fallthrough: fixed("v"),
    offVariation: "v",
    ...rest,
  });
}

const FLAGS: readonly WireFlag[] = [
  serving("bool", true),
  serving("text", "pro"),
  serving("number", 0),
  serving("json", { items: [1] }),
  serving("list", [1]),
  serving("nil", null),
  serving("empty", 1, { fallthrough: fixed("") }),
  serving("ghost", 1, { fallthrough: fixed("gone") }),
  serving("off", "off-value", { enabled: false }),
  serving("prerequisite", "on"),
  serving("unmet", "unmet-value", {
    prerequisites: [{ prerequisiteFlagKey: "off", expectedVariationKey: "other" }],
  }),
  serving("circle", "circle-value", {
    prerequisites: [{ prerequisiteFlagKey: "circle", expectedVariationKey: "v" }],
  }),
  conditionalFlag("for-pro", [{ attribute: "plan", operator: "Equals", values: ["pro"], negate: false }]),
  wireFlag("by-segment", {
    rules: [{ id: "in-beta", priority: 0, segmentKey: "beta", serve: fixed("off") }],
  }),
  serving("__proto__", "polluted?"),
  serving("constructor", "built"),
];

/** A flag for each way in which a value, or none, is served. */
export const SNAPSHOT: WireSnapshot = wireSnapshot(FLAGS, [wireSegment("beta")]);
