import type { Rule } from "../contract/rule.ts";
import type { Segment } from "../contract/segment.ts";
import type { Serve } from "../contract/serve.ts";
import type { CompiledFlag, CompiledRule } from "./compile-flag.ts";
import type { FindFlag } from "./evaluate.ts";
import { readAttribute } from "./evaluation-context.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import type { EvaluationTrace, PrerequisiteTrace, RolloutTrace, RuleTrace } from "./evaluation-trace.ts";
import { matchCondition, matchGroup } from "./match-condition.ts";
import { isAmong } from "./match-rule.ts";
import type { Outcome } from "./outcome.ts";
import { evaluateWithPrerequisites, MAX_DEPTH } from "./prerequisites.ts";
import type { CompiledServe } from "./serve.ts";

/** Finds a segment of the same snapshot, as it came; `undefined` when there is none. */
export type FindSegmentSource = (key: string) => Segment | undefined;

/**
 * Evaluates a flag as `evaluate` does, and tells each step: what is compiled is asked, and told in the words of what it
 * was compiled from.
 *
 * @param depth How many flags stand above this one.
 * @param known What this evaluation found out before.
 */
export function explain(
  compiled: CompiledFlag,
  context: EvaluationContext,
  findFlag: FindFlag,
  findSegment: FindSegmentSource,
  depth = 0,
  known: Map<string, Outcome> = new Map(),
): EvaluationTrace {
  const { flag } = compiled;
  const prerequisites: PrerequisiteTrace[] = [];
  for (const { flagKey, variationKey } of compiled.prerequisites) {
    const other = findFlag(flagKey);
    let outcome = known.get(flagKey);
    let trace: EvaluationTrace | undefined;
    if (outcome === undefined && other !== undefined && depth < MAX_DEPTH) {
      trace = explain(other, context, findFlag, findSegment, depth + 1, known);
      outcome = trace.detail as Outcome;
      if (outcome !== other.tooDeep) known.set(flagKey, outcome);
    }
    const served = outcome?.variationKey;
    const matched = outcome !== undefined && outcome !== other?.tooDeep && (served ?? "") === variationKey;
    prerequisites.push({
      flagKey,
      expectedVariationKey: variationKey,
      ...(served !== undefined && { servedVariationKey: served }),
      matched,
      ...(trace !== undefined && { trace }),
    });
    if (!matched) break;
  }

  const detail = evaluateWithPrerequisites(compiled, context, findFlag, depth, known);
  const areMet = prerequisites.every(({ matched }) => matched);
  const rules: RuleTrace[] = [];
  let [source, serve]: readonly [Serve, CompiledServe] = [flag.fallthrough, compiled.fallthrough];
  if (areMet) {
    // As they were sorted when they were compiled.
    const sorted = flag.rules.toSorted((a, b) => a.priority - b.priority);
    for (const [index, rule] of compiled.rules.entries()) {
      const trace = explainRule(sorted[index]!, rule, context, findSegment);
      rules.push(trace);
      if (!trace.matched) continue;
      [source, serve] = [sorted[index]!.serve, rule.serve];
      break;
    }
  }
  const rollout = areMet ? explainRollout(source, serve, context) : undefined;
  return { key: flag.key, detail, prerequisites, rules, ...(rollout !== undefined && { rollout }) };
}

function explainRule(
  { id, segmentKey, conditionGroups }: Rule,
  { audience }: CompiledRule,
  context: EvaluationContext,
  findSegment: FindSegmentSource,
): RuleTrace {
  const segment = segmentKey === "" ? undefined : findSegment(segmentKey);
  const sources = segment !== undefined
    ? [{ operator: segment.conditionLogic, conditions: segment.conditions }]
    : segmentKey === "" && conditionGroups !== null
    ? conditionGroups
    : [];
  return {
    ruleId: id,
    ...(segmentKey !== "" && { segmentKey }),
    groups: sources.map(({ operator, conditions }, index) => {
      const group = audience[index]!;
      return {
        operator,
        conditions: (conditions ?? []).map(({ attribute, operator, values, negate }, index) => ({
          attribute,
          operator,
          values,
          negate,
          actual: readAttribute(context, attribute),
          matched: matchCondition(group.conditions[index]!, context),
        })),
        matched: matchGroup(group, context),
      };
    }),
    matched: isAmong(audience, context),
  };
}

function explainRollout(
  source: Serve,
  { rollout }: CompiledServe,
  context: EvaluationContext,
): RolloutTrace | undefined {
  if (rollout === undefined || source.type !== "Rollout") return undefined;
  const { attribute, bucketOf } = rollout;
  const value = String(readAttribute(context, attribute) ?? "");
  const isNobody = value === "" && (attribute === "userId" || attribute === "user_id");
  return {
    bucketBy: attribute,
    value,
    salt: source.salt,
    ...(!isNobody && { bucket: bucketOf(value) }),
    shares: source.variations.map(({ key, weight }) => ({ variationKey: key, weight })),
  };
}
