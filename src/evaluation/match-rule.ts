import type { ConditionGroup } from "../contract/rule.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import { matchCondition } from "./match-condition.ts";

/** Whom a rule is for: those who are in every one of these groups; `null`: nobody (contract §2.1). */
export type RuleGroups = readonly ConditionGroup[] | null;

/** Whether a context is in an groups (contract §3.1). */
export function matchesGroups(groups: RuleGroups, context: EvaluationContext): boolean {
  if (groups === null) return false;
  for (let index = 0; index < groups.length; index++) {
    if (!matchGroup(groups[index]!, context)) return false;
  }
  return true;
}

/** Whether a group holds for a context; one without conditions does, one without a list of them does not (contract §2.1). */
export function matchGroup({ operator, conditions }: ConditionGroup, context: EvaluationContext): boolean {
  if (conditions === null) return false;
  const isAny = operator === "Or";
  for (let index = 0; index < conditions.length; index++) {
    if (matchCondition(conditions[index]!, context) === isAny) return isAny;
  }
  return !isAny || conditions.length === 0;
}
