import type {
  WireCondition,
  WireFlag,
  WirePrerequisite,
  WireRule,
  WireServe,
  WireVariation,
} from "../contract/wire.ts";
import type { Rollout } from "./rollout.ts";

/** What a rule hands out: one variation, or a rollout over several. */
export type Serve<Key extends string> = Key | Rollout<Key>;

/**
 * A whole flag, as a snapshot carries it, that can be refined: each method returns another flag. Made by
 * {@linkcode flag}.
 *
 * @example
 * ```ts
 * import { flag, where } from "@featureflip/sdk/testing";
 *
 * const darkMode = flag("dark-mode").when(where("plan", "Equals", "pro"), "on");
 * console.log(JSON.stringify(darkMode.rules[0]?.serve)); // {"type":"Fixed","variation":"on"}
 * ```
 */
export interface FlagBuilder<Key extends string> extends WireFlag {
  /** The rules so far, in the order in which they are asked. */
  readonly rules: readonly WireRule[];
  /** Adds a rule for those for whom all these conditions hold. */
  when(conditions: WireCondition | readonly WireCondition[], serve: Serve<Key>): FlagBuilder<Key>;
  /** Adds a rule for those for whom one of these conditions holds. */
  whenAny(conditions: readonly WireCondition[], serve: Serve<Key>): FlagBuilder<Key>;
  /** Adds a rule for those who belong to a segment. */
  whenSegment(segmentKey: string, serve: Serve<Key>): FlagBuilder<Key>;
  /** Sets what those get for whom no rule matches; the first variation by default. */
  otherwise(serve: Serve<Key>): FlagBuilder<Key>;
  /** Demands that another flag serves a variation; who fails gets the off variation. */
  requires(flagKey: string, variationKey: string): FlagBuilder<Key>;
  /** Turns the flag off; it serves that variation then, the first one by default. */
  off(variationKey?: Key): FlagBuilder<Key>;
}

/** The part of a flag that is refined. */
interface Targeting {
  readonly enabled: boolean;
  readonly rules: readonly WireRule[];
  readonly fallthrough: WireServe;
  readonly offVariation: string;
  readonly prerequisites: readonly WirePrerequisite[];
}

/** Starts a flag with the variations `off` (false), which everybody gets for now, and `on` (true). */
export function flag(key: string): FlagBuilder<"off" | "on">;
/**
 * Starts a flag with variations of one's own; for now everybody gets the first.
 *
 * @param key The flag.
 * @param variations The value of each variation, by key; JSON.
 * @throws {TypeError} when there are none.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { flag, where } from "@featureflip/sdk/testing";
 *
 * const tier = flag("pricing-tier", { free: "free", pro: "pro" })
 *   .when([where("plan", "In", "pro", "team"), where("country", "Equals", "DE")], "pro");
 * const client = new FeatureflipClient({ mode: "offline", bootstrap: { flags: [tier], segments: [] } });
 * console.log(client.variation("pricing-tier", { plan: "team", country: "DE" }, "free")); // "pro"
 * await client.close();
 * ```
 */
export function flag<Key extends string>(
  key: string,
  variations: Readonly<Record<Key, unknown>>,
): FlagBuilder<Key>;
export function flag(
  key: string,
  values: Readonly<Record<string, unknown>> = { off: false, on: true },
): FlagBuilder<string> {
  const variations = Object.entries(values).map(([name, value]) => ({ key: name, value }));
  const [first] = variations;
  if (first === undefined) throw new TypeError(`The flag ${JSON.stringify(key)} needs a variation`);
  return refine(key, variations, {
    enabled: true,
    rules: [],
    fallthrough: { type: "Fixed", variation: first.key },
    offVariation: first.key,
    prerequisites: [],
  });
}

function refine(
  key: string,
  variations: readonly WireVariation[],
  targeting: Targeting,
): FlagBuilder<string> {
  const but = (change: Partial<Targeting>): FlagBuilder<string> =>
    refine(key, variations, { ...targeting, ...change });
  const { rules } = targeting;

  const addRule = (rule: Pick<WireRule, "conditionGroups" | "segmentKey">, serve: Serve<string>) =>
    but({
      rules: [...rules, {
        id: `rule-${rules.length + 1}`,
        priority: rules.length,
        ...rule,
        serve: serveOf(serve),
      }],
    });

  const methods: Pick<
    FlagBuilder<string>,
    "when" | "whenAny" | "whenSegment" | "otherwise" | "requires" | "off"
  > = {
    when: (conditions, serve) =>
      addRule({ conditionGroups: [{ operator: "And", conditions: [conditions].flat() }] }, serve),
    whenAny: (conditions, serve) => addRule({ conditionGroups: [{ operator: "Or", conditions }] }, serve),
    whenSegment: (segmentKey, serve) => addRule({ segmentKey }, serve),
    otherwise: (serve) => but({ fallthrough: serveOf(serve) }),
    requires: (prerequisiteFlagKey, expectedVariationKey) =>
      but({ prerequisites: [...targeting.prerequisites, { prerequisiteFlagKey, expectedVariationKey }] }),
    off: (variationKey) => but({ enabled: false, offVariation: variationKey ?? targeting.offVariation }),
  };
  // On the prototype: what is enumerated, copied or turned into JSON is a flag and nothing else.
  return Object.assign(Object.create(methods), {
    key,
    version: 1,
    type: typeOf(variations),
    variations,
    ...targeting,
  });
}

function serveOf(serve: Serve<string>): WireServe {
  return typeof serve === "string" ? { type: "Fixed", variation: serve } : serve;
}

function typeOf(variations: readonly WireVariation[]): string {
  const types = new Set(variations.map(({ value }) => typeof value));
  const [type = "object"] = types;
  const name = { boolean: "Boolean", string: "String", number: "Number" }[String(type)];
  return types.size === 1 && name !== undefined ? name : "Json";
}
