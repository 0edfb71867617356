import { FlagdCore } from "@openfeature/flagd-core";
import type { User } from "../../environment.ts";
import type { WireCondition, WireFlag, WireSnapshot } from "../../wire.ts";
import type { Contender, Evaluator, Updatable } from "../contender.ts";
import { plainRules } from "./plain-rules.ts";

type Attributes = Parameters<FlagdCore["resolveBooleanEvaluation"]>[2];

/** OpenFeature's flagd, evaluating in process: JSON Logic, compiled with `new Function`. */
export const contender: Contender = {
  name: "flagd",
  hashesAlike: false,
  toText,
  start: (text): Evaluator => evaluator(start(text)),
  startUpdates(text): Updatable {
    const core = start(text);
    return { evaluator: evaluator(core), apply: (text) => void core.setConfigurations(text) };
  },
};

const logger = { debug() {}, info() {}, warn() {}, error: console.error };

function start(text: string): FlagdCore {
  const core = new FlagdCore(undefined, logger);
  core.setConfigurations(text);
  return core;
}

function evaluator(core: FlagdCore): Evaluator {
  return {
    toContext: ({ user_id, plan, country, email, age, appVersion }: User) => ({
      targetingKey: user_id,
      plan,
      country,
      email,
      age,
      appVersion,
    }),
    evaluate: (key, context, fallback) =>
      typeof fallback === "boolean"
        ? core.resolveBooleanEvaluation(key, fallback, context as Attributes).value
        : core.resolveStringEvaluation(key, fallback, context as Attributes).value,
    allFlags: (context) => core.resolveAll(context as Attributes),
  };
}

function toText(snapshot: WireSnapshot): string {
  return JSON.stringify({
    $schema: "https://flagd.dev/schema/v0/flags.json",
    metadata: { version: String(snapshot.version) },
    flags: Object.fromEntries(snapshot.flags.map((flag) => [flag.key, toFlag(flag, snapshot)])),
    $evaluators: Object.fromEntries(snapshot.segments.map(({ key, conditions }) => [key, all(conditions)])),
  });
}

function toFlag(flag: WireFlag, snapshot: WireSnapshot): object {
  const rules = plainRules(flag, snapshot).flatMap(({ conditions, segment, variation }) => [
    segment === undefined ? all(conditions) : { $ref: segment.key },
    variation,
  ]);
  const { variations, variation } = flag.fallthrough;
  const rollout = variations?.map(({ key, weight }) => [key, weight]);
  return {
    state: flag.enabled ? "ENABLED" : "DISABLED",
    variants: Object.fromEntries(flag.variations.map(({ key, value }) => [key, value])),
    defaultVariant: variation ?? flag.offVariation,
    ...(rollout !== undefined && { targeting: { fractional: rollout } }),
    ...(rules.length > 0 && { targeting: { if: [...rules, variation] } }),
  };
}

function all(conditions: readonly WireCondition[]): object {
  return conditions.length === 1 ? toLogic(conditions[0]!) : { and: conditions.map(toLogic) };
}

function toLogic({ attribute, operator, values }: WireCondition): object {
  const actual = { var: attribute === "user_id" ? "targetingKey" : attribute };
  const value = values[0]!;
  switch (operator) {
    case "Equals":
      return { "==": [actual, value] };
    case "In":
      return { in: [actual, values] };
    case "Contains":
      return { in: [value, actual] };
    case "EndsWith":
      return { ends_with: [actual, value] };
    case "GreaterThanOrEqual":
      return { ">=": [actual, Number(value)] };
    case "SemverGreaterThanOrEqual":
      return { sem_ver: [actual, ">=", value] };
    default:
      throw new Error(`flagd has no ${operator}`);
  }
}
