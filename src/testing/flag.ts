import type {
  WireCondition,
  WireFlag,
  WirePrerequisite,
  WireRule,
  WireServe,
  WireVariation,
} from "../contract/wire.ts";
import type { Rollout } from "./rollout.ts";

/** What a rule serves: one variation, or a rollout over several. */
export type Serve<Key extends string> = Key | Rollout<Key>;

/**
 * A whole flag, as in a snapshot. Each method returns a new flag with the change. Created by {@linkcode flag}.
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
  /** The rules so far, in order of evaluation. */
  readonly rules: readonly WireRule[];
  /** Adds a rule that matches when all conditions do. */
  when(conditions: WireCondition | readonly WireCondition[], serve: Serve<Key>): FlagBuilder<Key>;
  /** Adds a rule that matches when one of the conditions does. */
  whenAny(conditions: readonly WireCondition[], serve: Serve<Key>): FlagBuilder<Key>;
  /** Adds a rule that matches the contexts of a segment. */
  whenSegment(segmentKey: string, serve: Serve<Key>): FlagBuilder<Key>;
  /** Sets what is served when no rule matches; the first variation by default. */
  otherwise(serve: Serve<Key>): FlagBuilder<Key>;
  /** Adds a prerequisite: another flag must serve this variation, otherwise the off variation is served. */
  requires(flagKey: string, variationKey: string): FlagBuilder<Key>;
  /** Disables the flag. It then serves this variation, by default the first. */
  off(variationKey?: Key): FlagBuilder<Key>;
}

/** The part of a flag that the methods change. */
interface Targeting {
  readonly enabled: boolean;
  readonly rules: readonly WireRule[];
  readonly fallthrough: WireServe;
  readonly offVariation: string;
  readonly prerequisites: readonly WirePrerequisite[];
}

/** Creates a flag with the variations `off` (false), which it serves, and `on` (true). */
export function flag(key: string): FlagBuilder<"off" | "on">;
/**
 * Creates a flag with the given variations; it serves the first.
 *
 * @param key The flag's key.
 * @param variations The value of each variation, by key; JSON.
 * @throws {TypeError} when there are no variations.
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
  if (first === undefined) {
    throw new TypeError(
      `Cannot create flag ${JSON.stringify(key)}: it must have at least one variation, but has none`,
    );
  }
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
  const withChange = (change: Partial<Targeting>): FlagBuilder<string> =>
    refine(key, variations, { ...targeting, ...change });
  const { rules } = targeting;

  const addRule = (rule: Pick<WireRule, "conditionGroups" | "segmentKey">, serve: Serve<string>) =>
    withChange({
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
    otherwise: (serve) => withChange({ fallthrough: serveOf(serve) }),
    requires: (prerequisiteFlagKey, expectedVariationKey) =>
      withChange({
        prerequisites: [...targeting.prerequisites, { prerequisiteFlagKey, expectedVariationKey }],
      }),
    off: (variationKey) =>
      withChange({ enabled: false, offVariation: variationKey ?? targeting.offVariation }),
  };
  // On the prototype, so that enumeration, copies and JSON contain the flag's properties only.
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
