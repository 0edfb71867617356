import type { Warn } from "../contract/decode.ts";
import type { Rule } from "../contract/rule.ts";
import type { Segment } from "../contract/segment.ts";
import { every, matchConditions, never } from "./match-condition.ts";
import type { Predicate } from "./match-condition.ts";

/** Finds a segment's predicate; `undefined` when there is no such segment. */
export type FindSegment = (key: string) => Predicate | undefined;

/** Compiles who a rule is for (contract §3.1): its segment when it names one, its groups otherwise. */
export function matchRule(rule: Rule, findSegment: FindSegment, warn: Warn): Predicate {
  if (rule.segmentKey !== "") return findSegment(rule.segmentKey) ?? never;
  if (rule.conditionGroups === null) return never;
  return every(rule.conditionGroups.map((group) => matchConditions(group.conditions, group.operator, warn)));
}

/** Compiles segments, each at its first use and once for all rules that name it. */
export function segmentFinder(segments: readonly Segment[], warn: Warn): FindSegment {
  const byKey = new Map(segments.map((segment) => [segment.key, segment]));
  const compiled = new Map<string, Predicate>();
  return (key) => {
    const known = compiled.get(key);
    if (known !== undefined) return known;
    const segment = byKey.get(key);
    if (segment === undefined) return undefined;
    const predicate = matchConditions(segment.conditions, segment.conditionLogic, warn);
    compiled.set(key, predicate);
    return predicate;
  };
}
