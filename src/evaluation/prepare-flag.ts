import type { Flag } from "../contract/flag.ts";
import type { Segment } from "../contract/segment.ts";
import type { Warn } from "../runtime/logger.ts";
import { prepareCondition } from "./match-condition.ts";
import type { RuleGroups } from "./match-rule.ts";

/** Finds who is in a segment; nobody, where there is no such segment. */
export type FindSegment = (key: string) => RuleGroups;

/**
 * Makes a flag ready to be evaluated: texts are folded, numbers and patterns parsed, segments found. One flag may stand in
 * several sets, each with its own segments, so it remembers whose it was told last.
 */
export function prepareFlag(flag: Flag, findSegment: FindSegment, warn: Warn): void {
  for (const rule of flag.enabled ? flag.rules : []) {
    const { segmentKey, conditionGroups } = rule;
    rule.groups = segmentKey === "" ? prepareGroups(conditionGroups, warn) : findSegment(segmentKey);
  }
  // At the end: what was left half done (the stack was full, a logger threw) is done again, not taken for whole.
  flag.preparedFor = findSegment;
}

/** Prepares segments, each at its first use and once for all rules that name it. */
export function segmentFinder(segments: readonly Segment[], warn: Warn): FindSegment {
  // Of two with one key, the last counts (contract §2.1).
  const byKey = new Map(segments.map((segment) => [segment.key, segment]));
  const known = new Map<string, RuleGroups>();
  return (key) => {
    let groups = known.get(key);
    const segment = byKey.get(key);
    if (groups !== undefined || segment === undefined) return groups ?? null;
    groups = prepareGroups([{ operator: segment.conditionLogic, conditions: segment.conditions }], warn);
    known.set(key, groups);
    return groups;
  };
}

function prepareGroups(groups: RuleGroups, warn: Warn): RuleGroups {
  for (const { conditions } of groups ?? []) {
    for (const condition of conditions ?? []) prepareCondition(condition, warn);
  }
  return groups;
}
