import { GrowthBookClient } from "@growthbook/growthbook";
import type { FeatureApiResponse, FeatureDefinition } from "@growthbook/growthbook";
import type { User } from "../../environment.ts";
import type { WireCondition, WireFlag, WireSnapshot } from "../../wire.ts";
import type { Contender, Evaluator, Updatable } from "../contender.ts";
import { plainRules, valueOf } from "./plain-rules.ts";

interface UserContext {
  readonly attributes: Record<string, unknown>;
}

/** GrowthBook's client for servers. Segments are copied into rules, because its saved groups are lists of ids. */
export const contender: Contender = {
  name: "GrowthBook",
  hashesAlike: false,
  toText: (snapshot) => JSON.stringify(toPayload(snapshot)),
  start: (text): Evaluator => evaluator(start(text)),
  startUpdates(text): Updatable {
    const client = start(text);
    return {
      evaluator: evaluator(client),
      apply: (text) => client.setPayload(JSON.parse(text) as FeatureApiResponse),
    };
  },
};

function start(text: string): GrowthBookClient {
  return new GrowthBookClient().initSync({ payload: JSON.parse(text) as FeatureApiResponse });
}

function evaluator(client: GrowthBookClient): Evaluator {
  return {
    toContext: ({ user_id, plan, country, email, age, appVersion }: User) => ({
      attributes: { id: user_id, plan, country, email, age, appVersion },
    }),
    evaluate: (key, context, fallback) => client.getFeatureValue(key, fallback, context as UserContext),
    allFlags(context): object {
      const values: Record<string, unknown> = {};
      for (const key of Object.keys(client.getFeatures())) {
        values[key] = client.evalFeature(key, context as UserContext).value;
      }
      return values;
    },
  };
}

function toPayload(snapshot: WireSnapshot): FeatureApiResponse {
  return {
    features: Object.fromEntries(snapshot.flags.map((flag) => [flag.key, toFeature(flag, snapshot)])),
  };
}

function toFeature(flag: WireFlag, snapshot: WireSnapshot): FeatureDefinition {
  if (!flag.enabled) return { defaultValue: valueOf(flag, flag.offVariation) };
  const { variations, variation } = flag.fallthrough;
  const rules: NonNullable<FeatureDefinition["rules"]> = plainRules(flag, snapshot).map(
    ({ conditions, segment, variation }, at) => ({
      id: `rule-${at}`,
      condition: toCondition(segment?.conditions ?? conditions),
      force: valueOf(flag, variation),
    }),
  );
  if (variations !== undefined) {
    rules.push({
      key: flag.key,
      seed: flag.key,
      hashAttribute: "id",
      hashVersion: 2,
      coverage: 1,
      variations: variations.map(({ key }) => valueOf(flag, key)) as [boolean, boolean],
      weights: variations.map(({ weight }) => weight / 100),
    });
  }
  return { defaultValue: valueOf(flag, variation ?? flag.offVariation), ...(rules.length > 0 && { rules }) };
}

function toCondition(conditions: readonly WireCondition[]): Record<string, object | string> {
  return Object.fromEntries(conditions.map(({ attribute, operator, values }) => {
    const value = values[0]!;
    const name = attribute === "user_id" ? "id" : attribute;
    switch (operator) {
      case "Equals":
        return [name, value];
      case "In":
        return [name, { $in: values }];
      case "Contains":
        return [name, { $regex: escaped(value) }];
      case "EndsWith":
        return [name, { $regex: `${escaped(value)}$` }];
      case "GreaterThanOrEqual":
        return [name, { $gte: Number(value) }];
      case "SemverGreaterThanOrEqual":
        return [name, { $vgte: value }];
      default:
        throw new Error(`GrowthBook has no ${operator}`);
    }
  }));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
