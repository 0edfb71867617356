import type { Flag } from "../contract/flag.ts";
import type { ConditionGroup } from "../contract/rule.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import { matchCondition } from "./match-condition.ts";
import { createOutcome } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { serve } from "./serve.ts";

/** Evaluates a flag that is disabled or whose prerequisites are met (contract §3.1, steps 2, 4 and 5). */
export function evaluateRules(flag: Flag, context: EvaluationContext): Outcome {
  if (!flag.enabled) {
    return (flag.outcome ??= createOutcome(flag, flag.offVariation, "FLAG_DISABLED")) as Outcome;
  }
  const { rules } = flag;
  // By index, here and in matchesGroups(), since iterators cost time (bench: five rules).
  for (let index = 0; index < rules.length; index++) {
    const rule = rules[index]!;
    if (matchesGroups(rule.groups, context)) return serve(flag, rule.serve, context, rule);
  }
  return serve(flag, flag.fallthrough, context);
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
