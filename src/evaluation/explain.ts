import type { Condition } from "../contract/condition.ts";
import type { Flag } from "../contract/flag.ts";
import { MAX_PREREQUISITE_DEPTH } from "../contract/limits.ts";
import type { Rule, Serve } from "../contract/rule.ts";
import type { JsonValue } from "../contract/wire.ts";
import {
  evaluateWithPrerequisites,
  isTooDeep,
  matchesGroups,
  matchGroup,
  prerequisitesOf,
} from "./evaluate.ts";
import type { FindFlag } from "./evaluate.ts";
import { readAttribute } from "./evaluation-context.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import type { EvaluationDetail, Outcome } from "./outcome.ts";
import { matchCondition } from "./match-condition.ts";
import { bucketFor } from "./serve.ts";

/** One condition and its result for a context (contract §3.3). */
export interface ConditionTrace {
  /** The attribute that it tests. */
  readonly attribute: string;
  /** The operator, as spelled in the configuration. */
  readonly operator: string;
  /** The values that the attribute is compared with. */
  readonly values: readonly string[];
  /** Whether the result is inverted. */
  readonly negate: boolean;
  /** The attribute's value in the context; `undefined` when it is absent. */
  readonly actual: string | number | boolean | undefined;
  /** Whether the condition matches. */
  readonly matched: boolean;
}

/** Conditions combined by one logic: a group of a rule, or a segment. */
export interface GroupTrace {
  /** `"And"`: all conditions must match; `"Or"`: one of them. */
  readonly operator: "And" | "Or";
  /** All of its conditions, including those that the evaluation skips. */
  readonly conditions: readonly ConditionTrace[];
  /** Whether the group matches. */
  readonly matched: boolean;
}

/** One rule that was evaluated (contract §3.1). */
export interface RuleTrace {
  /** The rule's id. */
  readonly ruleId: string;
  /** The segment that is evaluated instead of groups; left out when groups are. */
  readonly segmentKey?: string;
  /** The groups, or the segment as one group; empty when the segment does not exist. */
  readonly groups: readonly GroupTrace[];
  /** The rule's own conditions, which are not consulted because its segment decides; left out when it has none. */
  readonly ignored?: readonly Pick<ConditionTrace, "attribute" | "operator" | "values" | "negate">[];
  /** Whether the rule matches. */
  readonly matched: boolean;
}

/** One prerequisite that was evaluated (contract §3.1). */
export interface PrerequisiteTrace {
  /** The key of the prerequisite flag. */
  readonly flagKey: string;
  /** The key of the variation that it must serve. */
  readonly expectedVariationKey: string;
  /** The key of the variation that it serves; left out when it serves none or does not exist. */
  readonly servedVariationKey?: string;
  /** Whether the prerequisite is met. */
  readonly matched: boolean;
  /** The trace of the prerequisite flag; left out when it does not exist or was explained before. */
  readonly trace?: EvaluationTrace;
}

/** How a percentage rollout picked a variation (contract §3.6). */
export interface RolloutTrace {
  /** The attribute that is hashed. */
  readonly bucketBy: string;
  /** The attribute's value as a string; empty when it is absent. */
  readonly value: string;
  /** The salt that is hashed with the value. */
  readonly salt: string;
  /** The bucket, 0 to 99; left out without a user id, where the first variation is served. */
  readonly bucket?: number;
  /** The weights in percent, in order. */
  readonly shares: readonly { readonly variationKey: string; readonly weight: number }[];
}

/**
 * An evaluation step by step, as `FeatureflipClient.explain` returns it. All of it is plain data, except an error in
 * `detail`. A minor version may add properties, here and in the steps.
 */
export interface EvaluationTrace {
  /** The flag's key. */
  readonly key: string;
  /** The result of the evaluation; `value` is `undefined` where the caller's default is served. */
  readonly detail: EvaluationDetail<JsonValue | undefined>;
  /** The prerequisites that were evaluated. If one failed, it is the last. */
  readonly prerequisites: readonly PrerequisiteTrace[];
  /** The rules that were evaluated, in order. If one matched, it is the last. */
  readonly rules: readonly RuleTrace[];
  /** How a rollout picked the variation; left out when none did. */
  readonly rollout?: RolloutTrace;
}

/**
 * Evaluates a flag as `evaluate` does and records each step.
 *
 * @param depth The number of flags above this one in the chain of prerequisites.
 * @param known Outcomes of prerequisites that this evaluation has evaluated before.
 */
export function explain(
  flag: Flag,
  context: EvaluationContext,
  findFlag: FindFlag,
  depth = 0,
  known: Map<string, Outcome> = new Map(),
): EvaluationTrace {
  const prerequisites: PrerequisiteTrace[] = [];
  let areMet = flag.enabled;
  for (const { prerequisiteFlagKey: flagKey, expectedVariationKey } of prerequisitesOf(flag)) {
    const other = findFlag(flagKey);
    let outcome = known.get(flagKey);
    let trace: EvaluationTrace | undefined;
    if (outcome === undefined && other !== undefined && depth < MAX_PREREQUISITE_DEPTH) {
      trace = explain(other, context, findFlag, depth + 1, known);
      outcome = trace.detail as Outcome;
      if (!isTooDeep(other, outcome)) known.set(flagKey, outcome);
    }
    const served = outcome?.variationKey;
    areMet = outcome !== undefined && !isTooDeep(other!, outcome) && (served ?? "") === expectedVariationKey;
    prerequisites.push({
      flagKey,
      expectedVariationKey,
      ...(served !== undefined && { servedVariationKey: served }),
      matched: areMet,
      ...(trace !== undefined && { trace }),
    });
    if (!areMet) break;
  }

  const detail = evaluateWithPrerequisites(flag, context, findFlag, depth, known);
  const rules: RuleTrace[] = [];
  let rollout: RolloutTrace | undefined;
  if (areMet) {
    let { fallthrough: serve } = flag;
    for (const rule of flag.rules) {
      const trace = explainRule(rule, context);
      rules.push(trace);
      if (!trace.matched) continue;
      ({ serve } = rule);
      break;
    }
    rollout = explainRollout(serve, context);
  }
  return { key: flag.key, detail, prerequisites, rules, ...(rollout !== undefined && { rollout }) };
}

function explainRule(
  { id, segmentKey, groups, conditionGroups }: Rule,
  context: EvaluationContext,
): RuleTrace {
  const ignored = segmentKey === ""
    ? []
    : (conditionGroups ?? []).flatMap(({ conditions }) => conditions ?? []);
  return {
    ruleId: id,
    ...(segmentKey !== "" && { segmentKey }),
    groups: (groups ?? []).map((group) => ({
      operator: group.operator,
      conditions: (group.conditions ?? []).map((condition) => ({
        ...describe(condition),
        actual: readAttribute(context, condition.attribute),
        matched: matchCondition(condition, context),
      })),
      matched: matchGroup(group, context),
    })),
    ...(ignored.length > 0 && { ignored: ignored.map(describe) }),
    matched: matchesGroups(groups, context),
  };
}

/** The configuration of a condition, as plain data. */
function describe(
  { attribute, operator, values, negate }: Condition,
): Omit<ConditionTrace, "actual" | "matched"> {
  return { attribute, operator, values: [...values], negate };
}

function explainRollout(serve: Serve, context: EvaluationContext): RolloutTrace | undefined {
  if (serve.type !== "Rollout" || serve.variations.length === 0) return undefined;
  const { attribute, value, bucket } = bucketFor(serve, context);
  return {
    bucketBy: attribute,
    value,
    salt: serve.salt,
    ...(bucket !== undefined && { bucket }),
    shares: serve.variations.map(({ key, weight }) => ({ variationKey: key, weight })),
  };
}
