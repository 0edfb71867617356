import type { Warn } from "../contract/decode.ts";
import type { Rule } from "../contract/rule.ts";
import type { Segment } from "../contract/segment.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import { compileGroup, matchGroup, NOBODY } from "./match-condition.ts";
import type { CompiledGroup } from "./match-condition.ts";

/** Whom a rule is for: those who are in every one of these groups. */
export type Audience = readonly CompiledGroup[];

/** Finds a segment, compiled; `undefined` when there is no such segment. */
export type FindSegment = (key: string) => Audience | undefined;

const NONE: Audience = [NOBODY];

/** Compiles whom a rule is for (contract §3.1): its segment when it names one, its groups otherwise. */
export function compileAudience(rule: Rule, findSegment: FindSegment, warn: Warn): Audience {
  if (rule.segmentKey !== "") return findSegment(rule.segmentKey) ?? NONE;
  return rule.conditionGroups?.map(({ conditions, operator }) => compileGroup(conditions, operator, warn)) ??
    NONE;
}

/** Whether a context is in an audience. */
export function isAmong(audience: Audience, context: EvaluationContext): boolean {
  for (const group of audience) if (!matchGroup(group, context)) return false;
  return true;
}

/** Compiles segments, each at its first use and once for all rules that name it. */
export function segmentFinder(segments: readonly Segment[], warn: Warn): FindSegment {
  const byKey = new Map(segments.map((segment) => [segment.key, segment]));
  const compiled = new Map<string, Audience>();
  return (key) => {
    const known = compiled.get(key);
    if (known !== undefined) return known;
    const segment = byKey.get(key);
    if (segment === undefined) return undefined;
    const audience = [compileGroup(segment.conditions, segment.conditionLogic, warn)];
    compiled.set(key, audience);
    return audience;
  };
}
