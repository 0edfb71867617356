import type { Flag } from "../contract/flag.ts";
import { MAX_PREREQUISITE_DEPTH } from "../contract/limits.ts";
import type { Rule } from "../contract/rule.ts";
import type { Serve } from "../contract/serve.ts";
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
import type { EvaluationTrace, PrerequisiteTrace, RolloutTrace, RuleTrace } from "./evaluation-trace.ts";
import { matchCondition } from "./match-condition.ts";
import type { Outcome } from "./outcome.ts";
import { bucketFor } from "./serve.ts";

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
      conditions: (group.conditions ?? []).map((condition) => {
        const { attribute, operator, values, negate } = condition;
        const [actual, matched] = [readAttribute(context, attribute), matchCondition(condition, context)];
        return { attribute, operator, values: [...values], negate, actual, matched };
      }),
      matched: matchGroup(group, context),
    })),
    ...(ignored.length > 0 && {
      ignored: ignored.map(({ attribute, operator, values, negate }) => ({
        attribute,
        operator,
        values: [...values],
        negate,
      })),
    }),
    matched: matchesGroups(groups, context),
  };
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
