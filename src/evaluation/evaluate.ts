import type { Condition } from "../contract/condition.ts";
import type { Flag, Prerequisite } from "../contract/flag.ts";
import { MAX_PREREQUISITE_DEPTH } from "../contract/limits.ts";
import type { ConditionGroup } from "../contract/rule.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { quote } from "../errors/format.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import { matchCondition } from "./match-condition.ts";
import { createOutcome } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { serve } from "./serve.ts";

/**
 * Evaluates a flag (contract §3.1): disabled, prerequisites, rules, fallthrough. Pure, synchronous, never throws.
 *
 * @param flag The flag, prepared.
 * @param context The evaluation context.
 * @param findFlag Finds prerequisites.
 */
export function evaluate(flag: Flag, context: EvaluationContext, findFlag: FindFlag): Outcome {
  return flag.prerequisites.length > 0
    ? evaluateWithPrerequisites(flag, context, findFlag)
    : evaluateRules(flag, context);
}

/** Returns a prepared flag of the same snapshot; `undefined` when it does not exist. */
export type FindFlag = (key: string) => Flag | undefined;

/**
 * Evaluates a flag with prerequisites (contract §3.1, step 3). A cycle is found by its depth, at the eleventh step at the
 * latest.
 *
 * @param depth The number of flags above this one in the chain of prerequisites.
 * @param known Outcomes so far: one evaluation evaluates each prerequisite at most once.
 */
export function evaluateWithPrerequisites(
  flag: Flag,
  context: EvaluationContext,
  findFlag: FindFlag,
  depth = 0,
  known: Map<string, Outcome> = new Map(),
): Outcome {
  for (const prerequisite of prerequisitesOf(flag)) {
    const { prerequisiteFlagKey, expectedVariationKey } = prerequisite;
    let outcome = known.get(prerequisiteFlagKey);
    if (outcome === undefined) {
      const other = findFlag(prerequisiteFlagKey);
      if (other !== undefined) {
        if (depth === MAX_PREREQUISITE_DEPTH) return tooDeep(flag);
        outcome = evaluateWithPrerequisites(other, context, findFlag, depth + 1, known);
        if (isTooDeep(other, outcome)) return tooDeep(flag);
        known.set(prerequisiteFlagKey, outcome);
      }
    }
    if (outcome === undefined || (outcome.variationKey ?? "") !== expectedVariationKey) {
      return (prerequisite.outcome ??= createOutcome(flag, flag.offVariation, "PREREQUISITE_FAILED", {
        prerequisiteKey: prerequisiteFlagKey,
      })) as Outcome;
    }
  }
  return evaluateRules(flag, context);
}

/** Returns the prerequisites to evaluate; none for a disabled flag. */
export function prerequisitesOf({ enabled, prerequisites }: Flag): readonly Prerequisite[] {
  return enabled ? prerequisites : [];
}

/** Whether the outcome says that prerequisites form a cycle or are too deep; all flags above then have that outcome too. */
export function isTooDeep(flag: Flag, outcome: Outcome): boolean {
  return tooDeepOutcomes.get(flag) === outcome;
}

/** Memoized, as all outcomes are; few flags have one. */
const tooDeepOutcomes = new WeakMap<Flag, Outcome>();

function tooDeep(flag: Flag): Outcome {
  let outcome = tooDeepOutcomes.get(flag);
  if (outcome === undefined) {
    const limit = MAX_PREREQUISITE_DEPTH;
    const message = `Prerequisites of flag ${
      quote(flag.key)
    } form a cycle or are nested deeper than ${limit}`;
    const error = new FeatureflipError("PREREQUISITE_DEPTH", message);
    outcome = createOutcome(flag, flag.offVariation, "ERROR", { error });
    tooDeepOutcomes.set(flag, outcome);
  }
  return outcome;
}

/** Evaluates a flag that is disabled or whose prerequisites are met (contract §3.1, steps 2, 4 and 5). */
export function evaluateRules(flag: Flag, context: EvaluationContext): Outcome {
  if (!flag.enabled) {
    return (flag.outcome ??= createOutcome(flag, flag.offVariation, "FLAG_DISABLED")) as Outcome;
  }
  const { rules } = flag;
  // By index, here and in matchesGroups(), since iterators cost time (bench: five rules).
  for (let index = 0; index < rules.length; index++) {
    const rule = rules[index]!;
    const { conditions } = rule;
    if (conditions === null ? matchesGroups(rule.groups, context) : matchesAll(conditions, context)) {
      return serve(flag, rule.serve, context, rule);
    }
  }
  return serve(flag, flag.fallthrough, context);
}

/** Whether a context matches every condition. */
function matchesAll(conditions: readonly Condition[], context: EvaluationContext): boolean {
  for (let index = 0; index < conditions.length; index++) {
    if (!matchCondition(conditions[index]!, context)) return false;
  }
  return true;
}

/** The groups that must all match for a rule to match; `null` does not match (contract §2.1). */
export type RuleGroups = readonly ConditionGroup[] | null;

/** Whether a context matches every group (contract §3.1). */
export function matchesGroups(groups: RuleGroups, context: EvaluationContext): boolean {
  if (groups === null) return false;
  for (let index = 0; index < groups.length; index++) {
    if (!matchGroup(groups[index]!, context)) return false;
  }
  return true;
}

/** Whether a group matches a context: an empty list of conditions does, a missing list does not (contract §2.1). */
export function matchGroup({ operator, conditions }: ConditionGroup, context: EvaluationContext): boolean {
  if (conditions === null) return false;
  const isAny = operator === "Or";
  for (let index = 0; index < conditions.length; index++) {
    if (matchCondition(conditions[index]!, context) === isAny) return isAny;
  }
  return !isAny || conditions.length === 0;
}
